// MemorySource: where the memory of a process is read from. A live process, a core file, or a fake in tests.

/// The memory of a process, living or dead. Every method may be called at any time, whatever the process does.
public protocol MemorySource: Sendable {
  /// What messages call the target: `process 123 (redis-server)`.
  var name: String { get }

  /// The mappings by address.
  func mappings() throws -> [Mapping]

  /// Reads bytes at an address.
  /// - Returns: how many could be read from the start on; fewer than asked where a mapping ends.
  /// - Throws: `InspectionError.gone` when the process ended.
  func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) throws -> Int

  /// The states of the pages in a range, both multiples of the page size; nil where nobody can tell, as in a core file.
  /// Pages that are neither present nor swapped out read as zero, and reading them would map them.
  func pageStates(_ range: Range<UInt>) throws -> [PageState]?

  /// Whether a thread of the process is running, or ready to: then it may be in the middle of something.
  func isRunning() throws -> Bool

  /// Bytes of a page of the system that the process ran on.
  var pageSize: UInt { get }

  /// The number of the process, if it lives.
  var process: Int32? { get }
}

/// One mapping of a process.
public struct Mapping: Equatable, Sendable {
  public var range: Range<UInt>
  public var isReadable: Bool
  public var isWritable: Bool
  public var isExecutable: Bool
  /// Whether others see what is written here.
  public var isShared: Bool
  /// Where in the file the mapping begins, in bytes.
  public var offset: UInt64
  /// The file behind it, or a name in brackets; empty for anonymous memory.
  public var path: String

  public init(
    range: Range<UInt>, isReadable: Bool = true, isWritable: Bool = true, isExecutable: Bool = false,
    isShared: Bool = false, offset: UInt64 = 0, path: String = ""
  ) {
    self.range = range
    self.isReadable = isReadable
    self.isWritable = isWritable
    self.isExecutable = isExecutable
    self.isShared = isShared
    self.offset = offset
    self.path = path
  }
}

/// Where a page of a process is.
public struct PageState: OptionSet, Equatable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// In memory, and counted as the process's.
  public static let resident = PageState(rawValue: 1)
  /// Mapped to the system's one page of zeroes, which is nobody's.
  public static let zero = PageState(rawValue: 2)
  public static let swapped = PageState(rawValue: 4)
  /// Resident as part of a huge page.
  public static let huge = PageState(rawValue: 8)
}

extension MemorySource {
  public var process: Int32? { nil }

  /// Reads one value; nil where it is not mapped.
  public func load<Value: BitwiseCopyable>(_ address: UInt, as type: Value.Type) throws -> Value? {
    try withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { buffer in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      return try read(address, into: raw) == raw.count ? raw.load(as: Value.self) : nil
    }
  }
}
