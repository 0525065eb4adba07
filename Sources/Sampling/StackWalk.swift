// StackWalk: from a frame of the library to the return addresses of the program. It allocates nothing, waits for nobody, and
// reads nothing but the stack within its bounds and the unwind tables of what is loaded: so it goes wherever malloc is
// called. It ends early rather than guess.
import CShim
import Slabs

struct StackWalk {
  /// Of the function that is to be left.
  private var place: UInt
  private var stackPointer: UInt
  private var framePointer: UInt
  private var end: UInt
  private let heap: Heap

  /// Adds the return addresses of the program's frames.
  /// - Parameter frame: of a function of the library, all of whose callers in the library have frames, too.
  static func fill(_ trace: inout StackTrace, from frame: UInt, _ heap: Heap, _ tables: UnwindTables) {
    var walk = StackWalk(from: frame, heap)
    while quarry_is_own_code(walk.place) != 0 {
      if !walk.leave(.frame) { return }
    }
    while walk.place != 0 && trace.append(walk.place &+ 1) {
      #if arch(x86_64)
        let row = tables.row(for: walk.place)
      #else
        let row = UnwindRow.frame
      #endif
      if !walk.leave(row) { return }
    }
  }

  private init(from frame: UInt, _ heap: Heap) {
    self.heap = heap
    end = StackBounds(of: frame, heap, isCurrent: true).end
    stackPointer = frame
    framePointer = frame
    // The caller's place in the library comes with the first step.
    place = 0
    _ = leave(.frame)
  }

  /// The word at an address of the stack.
  private func word(_ address: UInt) -> UInt? {
    if address < stackPointer || address & 7 != 0 || address > end &- 8 { return nil }
    return UnsafePointer<UInt>(bitPattern: address)?.pointee
  }

  /// Goes to the caller.
  /// - Returns: false when there is none, or what the stack holds cannot be.
  private mutating func leave(_ row: UnwindRow) -> Bool {
    let frame: UInt?
    switch row.kind {
    case .byStackPointer: frame = stackPointer &+ UInt(bitPattern: row.offset)
    case .byFramePointer: frame = framePointer &+ UInt(bitPattern: row.offset)
    case .behindFramePointer: frame = word(framePointer &+ UInt(bitPattern: row.offset))
    case .signal: return leaveHandler()
    case .end: return false
    }
    // Every frame holds at least its return address.
    guard let cfa = frame, cfa > stackPointer, let caller = word(cfa &- 8) else { return false }
    switch row.framePointer {
    case .unchanged: break
    case .saved(let below):
      guard let saved = word(cfa &- UInt(bitPattern: below)) else { return false }
      framePointer = saved
    case .behindItself:
      guard let saved = word(framePointer) else { return false }
      framePointer = saved
    }
    stackPointer = cfa
    // A call may be the last instruction of its function, so that it returns to the next one.
    let address = Self.unsigned(caller)
    place = address == 0 ? 0 : address &- 1
    return true
  }

  #if arch(arm64)
    private static var addressBits: UInt { 48 }
  #else
    private static var addressBits: UInt { 64 }
  #endif

  /// A return address without its signature, which ARM's pointer authentication puts into the bits that no address has.
  static func unsigned(_ word: UInt, addressBits: UInt = addressBits) -> UInt {
    word & (UInt.max &>> (64 &- addressBits))
  }

  /// Goes on where a signal interrupted the thread, perhaps on another stack.
  private mutating func leaveHandler() -> Bool {
    // Of Linux's struct ucontext on x86-64, which the stack pointer points to.
    guard let savedFrame = word(stackPointer &+ 120), let savedStack = word(stackPointer &+ 160),
      let interrupted = word(stackPointer &+ 168)
    else { return false }
    // On the same stack, what was interrupted lies above; this way no loop is possible there.
    if savedStack >= stackPointer && savedStack >= end || savedStack < stackPointer {
      end = StackBounds(of: savedStack, heap, isCurrent: false).end
    }
    framePointer = savedFrame
    stackPointer = savedStack
    place = interrupted
    return true
  }
}
