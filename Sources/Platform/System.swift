// The port: what the layers above ask of the operating system. Debug builds can make each call fail on demand.
import CShim

public enum System {
  /// Makes [address, address + bytes) readable, writable and zero.
  /// - Returns: false when the system refuses, or something is mapped there.
  public static func open(_ address: UInt, bytes: UInt, reserved: Bool) -> Bool {
    #if DEBUG
      if Faults.strike(.open) { return false }
    #endif
    return (reserved ? quarry_sys_open(address, bytes) : quarry_sys_map_at(address, bytes)) == 0
  }

  /// Reserves addresses without access.
  public static func reserve(bytes: UInt) -> UInt? {
    #if DEBUG
      if Faults.strike(.reserve) { return nil }
    #endif
    let address = quarry_sys_reserve(bytes)
    return address == 0 ? nil : address
  }

  /// A mapping of its own, zeroed.
  public static func map(bytes: UInt) -> UInt? {
    #if DEBUG
      if Faults.strike(.map) { return nil }
    #endif
    let address = quarry_sys_map(bytes)
    return address == 0 ? nil : address
  }

  public static func unmap(_ address: UInt, bytes: UInt) { _ = quarry_sys_unmap(address, bytes) }

  /// Resizes a mapping, in place or, when allowed, elsewhere.
  public static func remap(_ address: UInt, from oldBytes: UInt, to newBytes: UInt, mayMove: Bool) -> UInt? {
    #if DEBUG
      if Faults.strike(.remap) { return nil }
    #endif
    let moved = quarry_sys_remap(address, oldBytes, newBytes, mayMove ? 1 : 0)
    return moved == 0 ? nil : moved
  }

  /// Moves the content of whole pages by their page tables, and leaves zeroed pages behind.
  public static func movePages(_ from: UInt, bytes: UInt, to: UInt) -> Bool {
    #if DEBUG
      if Faults.strike(.move) { return false }
    #endif
    return quarry_sys_move(from, bytes, to) == 0
  }

  /// Gives the content of whole pages back.
  /// - Returns: whether the pages are certain to read as zero now.
  public static func purge(_ address: UInt, bytes: UInt) -> Bool {
    #if DEBUG
      if Faults.strike(.purge) { return false }
    #endif
    return quarry_sys_purge(address, bytes) == 0
  }

  /// Bytes of the system's page, read at run time.
  public static var pageSize: UInt { quarry_sys_page_size() }

  /// A coarse monotonic clock.
  public static var milliseconds: UInt64 {
    #if DEBUG
      if let fixed = Faults.clock { return fixed }
    #endif
    return quarry_sys_milliseconds()
  }
}

#if DEBUG
  /// For tests: system calls that fail on demand, and a clock that stands still.
  public enum Faults {
    public enum Call: Int { case open, reserve, map, remap, move, purge }

    nonisolated(unsafe) static var countdown: [Int] = Array(repeating: -1, count: 6)
    nonisolated(unsafe) public static var clock: UInt64?

    /// The call fails once `after` more have succeeded, and goes on failing until `clear`.
    public static func fail(_ call: Call, after: Int = 0) { countdown[call.rawValue] = after }
    public static func clear() {
      countdown = Array(repeating: -1, count: 6)
      clock = nil
    }

    static func strike(_ call: Call) -> Bool {
      let left = countdown[call.rawValue]
      if left < 0 { return false }
      if left == 0 { return true }
      countdown[call.rawValue] = left - 1
      return false
    }
  }
#endif
