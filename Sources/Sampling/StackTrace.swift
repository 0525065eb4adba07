// StackTrace: the return addresses that led to a request, innermost first, in room on the caller's stack.
import CShim

public struct StackTrace {
  private let frames: UnsafeMutablePointer<UInt>
  public private(set) var depth = 0
  /// Whether there were more.
  public private(set) var isCut = false

  private init(_ frames: UnsafeMutablePointer<UInt>) { self.frames = frames }

  /// Does something with an empty trace, which lasts no longer.
  static func use<Result>(_ body: (inout StackTrace) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: UInt.self, capacity: Int(QUARRY_STACK_FRAMES)) { room in
      var trace = StackTrace(room.baseAddress.unsafelyUnwrapped)
      return body(&trace)
    }
  }

  subscript(_ number: Int) -> UInt { frames[number] }

  /// Adds the next frame.
  /// - Returns: false when there is no room for it.
  @discardableResult mutating func append(_ address: UInt) -> Bool {
    if depth == Int(QUARRY_STACK_FRAMES) {
      isCut = true
      return false
    }
    frames[depth] = address
    depth &+= 1
    return true
  }

  /// (After Fowler, Noll and Vo's hash, by words instead of bytes, with its high half folded in.)
  var hash: UInt32 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for number in 0..<depth { hash = (hash ^ UInt64(frames[number])) &* 0x0000_0100_0000_01b3 }
    return UInt32(truncatingIfNeeded: hash ^ hash &>> 32)
  }

  func isSame(as stack: UnsafeMutablePointer<quarry_stack>) -> Bool {
    if Int(stack.pointee.depth) != depth { return false }
    let known = quarry_stack_frames(stack)
    for number in 0..<depth where known[number] != UInt64(frames[number]) { return false }
    return true
  }
}
