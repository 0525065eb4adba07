// StackTable: the call stacks of the heap profile, copied. Only what a bucket leads to is complete; a copy holds what was
// there when it was made, and links that lead beyond it are not followed.

import CInspection

/// Call stacks at which blocks were allocated, by their numbers.
public struct StackTable: Sendable {
  public struct Stack: Sendable, Equatable {
    /// Return addresses, innermost first.
    public var frames: [UInt] = []
    /// Whether there were more.
    public var isCut = false
    /// What was ever allocated here: samples taken, and the requests and bytes that they stand for.
    public var samples = 0
    public var objects = 0.0
    public var bytes = 0.0
    /// How much these two scatter.
    public var objectsVariance = 0.0
    public var bytesVariance = 0.0
  }

  /// Number 0 stands for the stacks that found no room in the table.
  public private(set) var stacks: [UInt32: Stack] = [:]
  /// What the table says that cannot be.
  private(set) var contradictions: [String] = []

  /// The table of a process that took no sample yet.
  init() {}

  /// Copies the table at an address.
  init(_ source: some MemorySource, _ address: UInt) throws {
    let head = UInt(MemoryLayout<quarry_stack_table>.size)
    guard address & 7 == 0, let start = try RemoteCopy(source, address, head) else {
      contradictions.append("the table of stacks at \(Hexadecimal(address)) is not mapped")
      return
    }
    let books = start.pointer(to: quarry_stack_table.self)
    // Read first: what buckets lead to was there before.
    let bytes = min(books.pointee.opened, books.pointee.used, UInt64(QUARRY_STACK_TABLE_BYTES))
    guard bytes >= UInt64(head), let copy = try RemoteCopy(source, address, UInt(bytes)) else {
      contradictions.append("the table of stacks is not open for its \(bytes) bytes")
      return
    }
    let table = Bytes(Array(copy.bytes))
    let buckets = MemoryLayout<quarry_stack_table>.offset(of: \.buckets)!
    let other = Stack(sums: table, at: MemoryLayout<quarry_stack_table>.offset(of: \.other)!)
    if other.samples > 0 { stacks[0] = other }
    for bucket in 0..<Int(QUARRY_STACK_BUCKETS) {
      var number = table.load(buckets + bucket * 4, as: UInt32.self)
      // A chain that bites its own tail ends where it comes to a stack again.
      while number != 0, stacks[number] == nil {
        guard let (stack, next) = Stack.read(table, number, head: Int(head)) else {
          contradictions.append("stack \(number) cannot be")
          break
        }
        stacks[number] = stack
        number = next
      }
    }
  }
}

extension StackTable.Stack {
  fileprivate init(sums bytes: Bytes, at place: Int) {
    samples = Int(clamping: bytes.load(place, as: UInt64.self))
    objects = Double(bytes.load(place + 8, as: UInt64.self)) / Double(1 << QUARRY_WEIGHT_SHIFT)
    self.bytes = Double(bytes.load(place + 16, as: UInt64.self))
    // Damaged records may say anything.
    func variance(_ place: Int) -> Double {
      let value = Double(bitPattern: bytes.load(place, as: UInt64.self))
      return value.isFinite ? min(max(0, value), 0x1p120) : 0
    }
    objectsVariance = variance(place + 24)
    bytesVariance = variance(place + 32)
  }

  /// - Returns: the stack and the next of its bucket; nil when there can be none, or it came after the copy.
  fileprivate static func read(_ table: Bytes, _ number: UInt32, head: Int) -> (StackTable.Stack, next: UInt32)? {
    let place = Int(number) * 8
    let frames = place + MemoryLayout<quarry_stack>.size
    let depth = Int(table.load(place + 8, as: UInt32.self))
    guard place >= head, frames <= table.count, depth <= Int(QUARRY_STACK_FRAMES), frames + depth * 8 <= table.count
    else { return nil }
    var stack = StackTable.Stack(sums: table, at: place + MemoryLayout<quarry_stack>.offset(of: \.sums)!)
    stack.isCut = table.load(place + 12, as: UInt32.self) != 0
    stack.frames = (0..<depth).map { UInt(table.load(frames + $0 * 8, as: UInt64.self)) }
    return (stack, table.load(place, as: UInt32.self))
  }
}
