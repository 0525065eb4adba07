// Size classes: 8 bytes, 16-byte steps to 128, then eight a doubling to 32 KiB, so that rounding wastes at most 1/9
// above 128 bytes. (The kernel's powers of two would waste up to a half.)
import CShim

public struct SizeClass: Equatable {
  public let rawValue: Int

  @inline(__always) public init(_ rawValue: Int) { self.rawValue = rawValue }

  /// The class of a code, as the page map and the tables of sizes have it.
  @inline(__always) public init(code: UInt64) { rawValue = Int(truncatingIfNeeded: code &>> 1) }

  @inline(__always) public var code: UInt64 { UInt64(truncatingIfNeeded: rawValue) &<< 1 }

  public static let count = Int(QUARRY_CLASS_COUNT)
  public static let all = 0..<count

  /// The class that serves `size` bytes.
  /// - Precondition: `size` is at most `Tunables.largestObject`.
  @inline(__always) public init(serving size: Int) {
    if size <= 8 {
      rawValue = 0
    } else if size <= 128 {
      rawValue = (size &+ 15) &>> 4
    } else {
      let last = size &- 1
      let doubling = Int.bitWidth &- 1 &- last.leadingZeroBitCount &- 7
      rawValue = 9 &+ 8 &* doubling &+ (last &>> (4 &+ doubling)) &- 8
    }
  }

  /// Bytes of each object.
  @inline(__always) public var objectSize: Int {
    if rawValue == 0 { return 8 }
    if rawValue <= 8 { return rawValue &<< 4 }
    let step = rawValue &- 9
    return (128 &+ ((step & 7) &+ 1) &* 16) &<< (step &>> 3)
  }

  /// Whether objects may stay on the list of any thread that frees them.
  @inline(__always) public var mayStray: Bool { objectSize >= Tunables.leastStrayBytes }

  /// ceil(2^40 / object size) * 2^24. A position's product with it, modulo 2^64, is below it exactly when the position
  /// is a multiple of the size, whatever bits the position has from bit 40 on (Lemire, Kaser and Kurz, "Faster
  /// remainder by direct computation", 2019).
  public var inverse: UInt64 {
    let size = UInt64(objectSize)
    return ((1 &<< 40 &- 1) / size &+ 1) &<< 24
  }

  /// Bytes divided by the object size of which this is the `inverse`. Exact below 2^25 bytes.
  @inline(__always) public static func quotient(_ bytes: Int, _ inverse: UInt64) -> Int {
    Int(truncatingIfNeeded: UInt64(truncatingIfNeeded: bytes).multipliedFullWidth(by: inverse).high)
  }

  /// Whether any number of bytes fits an object, of the class of which this is the `inverse`, and fills more than half of it.
  @inline(__always) public static func isMostlyFilled(by size: UInt, _ inverse: UInt64) -> Bool {
    // Halves of an object that begin before the last byte. 0 bytes wrap around to more than any.
    (inverse &<< 1).multipliedFullWidth(by: UInt64(size &- 1)).high == 1
  }

  /// Objects that a thread's list may hold.
  /// - Parameter pages: of the slabs of this class in the thread's heap.
  /// - Parameter threads: that run.
  /// - Parameter inverse: of this class, which is at hand in a table.
  /// - Parameter swing: how often the least list is doubled.
  @inline(__always) public func listLimit(pages: Int, threads: Int, inverse: UInt64, swing: Int) -> Int {
    let crowding = Tunables.crowding(threads: threads)
    let all = pages &<< Page.shift
    let share =
      mayStray ? max(all / Tunables.largeListShare, all &- Tunables.largeListRest) : all / Tunables.listShare
    let most = mayStray && crowding == 0 ? Tunables.largeListBytes : Tunables.listBytes
    let bytes = min(max(Tunables.leastListBytes &<< swing, share), most) &>> crowding
    // One object at least, unless threads are many: what is freed and asked for in turn.
    return max(crowding == 0 ? 1 : 0, min(Self.quotient(bytes, inverse), Tunables.listObjects))
  }

  /// Objects at which a sheaf is posted.
  @inline(__always) public var sheafLimit: Int {
    let fit = Tunables.sheafBytes / objectSize
    return fit > Tunables.sheafObjects ? Tunables.sheafObjects : (fit < 1 ? 1 : fit)
  }
}
