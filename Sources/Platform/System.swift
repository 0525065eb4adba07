// The port: what the layers above ask of the operating system. Debug builds can make each call fail on demand.
import CShim

#if DEBUG
  import Synchronization
#endif

public enum System {
  /// What became of an attempt to open addresses: `refused` by the system, or `occupied` by another mapping.
  public enum Opening { case done, refused, occupied }

  /// Makes [address, address + bytes) readable, writable and zero.
  /// - Parameter reserved: whether `reserve` set the addresses aside; otherwise nothing may be mapped there.
  public static func open(_ address: UInt, bytes: UInt, reserved: Bool) -> Opening {
    #if DEBUG
      if Faults.strike(.open) { return .refused }
    #endif
    switch reserved ? quarry_sys_open(address, bytes) : quarry_sys_map_at(address, bytes) {
    case 0: return .done
    case -EEXIST: return .occupied
    default: return .refused
    }
  }

  /// Reserves addresses without access.
  /// - Returns: the first one; nil when the system refuses.
  public static func reserve(bytes: UInt) -> UInt? {
    #if DEBUG
      if Faults.strike(.reserve) { return nil }
    #endif
    let address = quarry_sys_reserve(bytes)
    return address == 0 ? nil : address
  }

  /// Allows `barrier` from now on. Best while the process has a single thread: it is quick then.
  public static func registerBarrier() { _ = quarry_sys_register_barrier() }

  /// A full memory barrier on every thread of the process that runs.
  /// - Returns: false where the system has none.
  public static func barrier() -> Bool {
    #if DEBUG
      if Faults.strike(.barrier) { return false }
    #endif
    return quarry_sys_barrier() == 0
  }

  /// Faults pages in. That it fails changes nothing.
  public static func populate(_ address: UInt, bytes: UInt) { _ = quarry_sys_populate(address, bytes) }

  /// Faults in all of a huge page, of which nothing was ever touched.
  /// - Returns: the microseconds that it took; nil where the system gives none, or has no memory; then single pages of it
  ///   may be there.
  public static func populateHuge(_ address: UInt, bytes: UInt) -> Int64? {
    #if DEBUG
      if Faults.strike(.huge) { return nil }
      if let time = Faults.hugeMicroseconds { return time }
    #endif
    let time = quarry_sys_populate_huge(address, bytes)
    return time < 0 ? nil : time
  }

  /// How many pages of a range are resident.
  /// - Precondition: they are `QUARRY_PAGES_ASKED` at most.
  /// - Returns: below 0 where the system does not tell, and in sandboxes, where it is not asked.
  public static func residentPages(_ address: UInt, _ count: Int) -> Int {
    #if DEBUG
      if Faults.strike(.residency) { return -1 }
    #endif
    return quarry_sys_resident_pages(address, UInt(count))
  }

  /// Takes whole pages out of memory if they are mapped from a file. That it fails changes nothing.
  /// - Precondition: nobody wrote to them.
  public static func forgetFilePages(_ address: UInt, bytes: UInt) { _ = quarry_sys_forget_file_pages(address, bytes) }

  /// Maps zeroed memory, at an address of the system's choice.
  /// - Returns: nil when the system refuses.
  public static func map(bytes: UInt) -> UInt? {
    #if DEBUG
      if Faults.strike(.map) { return nil }
    #endif
    let address = quarry_sys_map(bytes)
    return address == 0 ? nil : address
  }

  public static func unmap(_ address: UInt, bytes: UInt) { _ = quarry_sys_unmap(address, bytes) }

  /// Resizes a mapping, in place or, when allowed, elsewhere.
  /// - Returns: where it is now; nil when the system refuses, and it is as it was.
  public static func remap(_ address: UInt, from oldBytes: UInt, to newBytes: UInt, mayMove: Bool) -> UInt? {
    #if DEBUG
      if Faults.strike(.remap) { return nil }
    #endif
    let moved = quarry_sys_remap(address, oldBytes, newBytes, mayMove ? 1 : 0)
    return moved == 0 ? nil : moved
  }

  /// Moves the content of whole pages by their page tables to a larger mapping of their own, and leaves nothing mapped
  /// behind.
  /// - Precondition: something is mapped behind them; else it is refused.
  /// - Returns: where the content is now; nil when the system refuses, and everything is where it was.
  public static func movePages(_ from: UInt, bytes: UInt, to newBytes: UInt) -> UInt? {
    #if DEBUG
      if Faults.strike(.move) { return nil }
    #endif
    let moved = quarry_sys_move(from, bytes, newBytes)
    return moved == 0 ? nil : moved
  }

  /// Whether whole pages are sure to be readable.
  public static func isReadable(_ address: UInt, bytes: UInt) -> Bool {
    #if DEBUG
      if Faults.strike(.isReadable) { return false }
    #endif
    return quarry_sys_check_readable(address, bytes) == 0
  }

  /// Gives the content of whole pages back.
  /// - Returns: whether the pages are certain to read as zero now.
  public static func purge(_ address: UInt, bytes: UInt) -> Bool {
    #if DEBUG
      if Faults.strike(.purge) { return false }
    #endif
    return quarry_sys_purge(address, bytes) == 0
  }

  /// Gives the content of up to 64 ranges of whole pages back.
  /// - Returns: a bit for each that is certain to read as zero now.
  public static func purge(_ ranges: UnsafePointer<quarry_range>, _ count: Int) -> UInt64 {
    #if DEBUG
      var struck: UInt64 = 0
      for number in 0..<count where Faults.strike(.purge) { struck |= 1 &<< UInt64(number) }
      if struck != 0 {
        var purged: UInt64 = 0
        for number in 0..<count where struck &>> UInt64(number) & 1 == 0 {
          purged |= quarry_sys_purge_ranges(ranges + number, 1) &<< UInt64(number)
        }
        return purged
      }
    #endif
    return quarry_sys_purge_ranges(ranges, count)
  }

  /// Offers whole pages to swap; their content stays.
  public static func pageOut(_ address: UInt, bytes: UInt) { _ = quarry_sys_page_out(address, bytes) }

  /// Starts the thread that gives memory back. Unit tests do its work themselves.
  /// - Returns: false when the system refuses.
  public static func startKswapd(_ running: UnsafeMutablePointer<UInt32>) -> Bool {
    #if DEBUG
      return false
    #else
      return quarry_sys_start_kswapd(running) == 0
    #endif
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
  /// For tests: system calls that fail on demand, and a clock that stands still. Only the calls of the thread that
  /// asked for it fail, so that tests may run side by side.
  public enum Faults {
    public enum Call: CaseIterable, Sendable {
      case open, reserve, map, remap, move, purge, barrier, isReadable, huge, residency
    }

    private struct Plan {
      let strikes: @Sendable (Int) -> Bool
      var calls = 0
      var struck = 0
    }

    private struct Plans {
      var calls: [Call: Plan] = [:]
      var clock: UInt64?
      var hugeMicroseconds: Int64?
    }

    /// By the thread's identity.
    private static let threads = Mutex<[UInt: Plans]>([:])

    private static func withPlans<Result: Sendable>(_ body: (inout Plans) -> Result) -> Result {
      threads.withLock { body(&$0[quarry_thread_identity(), default: Plans()]) }
    }

    /// The call fails once `after` more have succeeded, and does so `times` times or until `clear`.
    public static func fail(_ call: Call, after: Int = 0, times: Int = .max) {
      fail(call) { $0 >= after && $0 - after < times }
    }

    /// The call fails whenever `strikes` says so of its number, from 0, until `clear`.
    public static func fail(_ call: Call, when strikes: @escaping @Sendable (_ number: Int) -> Bool) {
      withPlans { $0.calls[call] = Plan(strikes: strikes) }
    }

    public static func clear() { threads.withLock { $0[quarry_thread_identity()] = nil } }

    /// Calls that failed on demand since `clear`.
    public static var struck: Int { withPlans { $0.calls.values.reduce(0) { $0 + $1.struck } } }

    public static var clock: UInt64? {
      get { withPlans { $0.clock } }
      set { withPlans { $0.clock = newValue } }
    }

    /// What faulting in a huge page takes; it is not done then.
    public static var hugeMicroseconds: Int64? {
      get { withPlans { $0.hugeMicroseconds } }
      set { withPlans { $0.hugeMicroseconds = newValue } }
    }

    static func strike(_ call: Call) -> Bool {
      withPlans { plans in
        guard var plan = plans.calls[call] else { return false }
        let strikes = plan.strikes(plan.calls)
        plan.calls += 1
        if strikes { plan.struck += 1 }
        plans.calls[call] = plan
        return strikes
      }
    }
  }
#endif
