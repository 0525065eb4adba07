// The blocks that are live, step by step: what analysis and replay both go by.

/// A block of the program's.
public struct Block: Equatable, Sendable {
  /// Numbered from 0 in the order of their allocation; a realloc that succeeds makes a new one.
  public var id: Int
  public var size: UInt64
  /// When and by which thread it was allocated.
  public var number: UInt64
  public var thread: UInt32
}

/// What a step did to the live blocks.
public enum Change: Equatable, Sendable {
  case allocated(Block)
  case freed(Block)
  /// A realloc began with this block, nil for none or an unknown one; its end follows under the same thread.
  case began(Block?)
  /// A realloc ended: the block it was given, and the new one, nil without memory or for no bytes.
  case reallocated(from: Block?, to: Block?)
  /// A request without memory, or a free of nothing.
  case nothing
  /// A free of a block whose allocation is not in the trace: from before the recording or the fork.
  case unknown
}

public struct LiveBlocks {
  private var blocks: [UInt64: Block] = [:]
  /// Blocks that a realloc of a thread was given and has not ended with.
  private var moving: [UInt32: Block] = [:]
  private var nextID = 0
  /// Blocks of which a thread that was killed, or allocator code of the program, left no free.
  public private(set) var unseenFrees = 0
  /// Bytes asked for of all live blocks, and their number.
  public private(set) var bytes: UInt64 = 0
  public private(set) var count = 0

  public init() {}

  public var all: some Collection<Block> { blocks.values }
  /// Blocks allocated so far.
  public var allocated: Int { nextID }

  /// - Complexity: O(1) on average.
  public mutating func apply(_ step: Step) -> Change {
    switch step {
    case .allocate(let event):
      return add(event).map(Change.allocated) ?? .nothing
    case .free(let event):
      if event.address == 0 { return .nothing }
      return remove(event.address).map(Change.freed) ?? .unknown
    case .beginRealloc(let event):
      guard event.old != 0 else { return .began(nil) }
      // Without memory it stays where it is.
      let block = event.releasesOld ? remove(event.old) : blocks[event.old]
      if event.releasesOld { moving[event.thread] = block }
      return .began(block)
    case .endRealloc(let event):
      let old = event.releasesOld ? moving.removeValue(forKey: event.thread) : nil
      return .reallocated(from: old, to: add(event))
    }
  }

  private mutating func add(_ event: Event) -> Block? {
    guard event.address != 0 else { return nil }
    if remove(event.address) != nil { unseenFrees += 1 }
    let block = Block(id: nextID, size: event.size, number: event.number, thread: event.thread)
    nextID += 1
    blocks[event.address] = block
    bytes &+= block.size
    count += 1
    return block
  }

  private mutating func remove(_ address: UInt64) -> Block? {
    guard let block = blocks.removeValue(forKey: address) else { return nil }
    bytes &-= block.size
    count -= 1
    return block
  }
}
