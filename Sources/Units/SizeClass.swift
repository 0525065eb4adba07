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

  /// ceil(2^64 / object size): the product with a position is below it exactly when the position is a multiple of the
  /// size (Lemire, Kaser and Kurz, "Faster remainder by direct computation", 2019).
  public var inverse: UInt64 {
    let size = UInt64(objectSize)
    return UInt64.max / size &+ 1
  }

  /// Bytes divided by the object size of which this is the `inverse`. Exact below 2^49 bytes.
  @inline(__always) public static func quotient(_ bytes: Int, _ inverse: UInt64) -> Int {
    Int(truncatingIfNeeded: UInt64(truncatingIfNeeded: bytes).multipliedFullWidth(by: inverse).high)
  }

  /// Objects that a thread's list may hold.
  /// - Parameter pages: of the slabs of this class in the thread's heap.
  /// - Parameter threads: that run.
  /// - Parameter inverse: of this class, which is at hand in a table.
  @inline(__always) public func listLimit(pages: Int, threads: Int, inverse: UInt64) -> Int {
    let crowding = Tunables.crowding(threads: threads)
    // Objects of whole pages keep no others from going back.
    let isWhole = objectSize >= Page.size
    let all = pages &<< Page.shift
    let share =
      isWhole ? max(all / Tunables.wholeListShare, all &- Tunables.wholeListRest) : all / Tunables.listShare
    let most = isWhole && crowding == 0 ? Tunables.wholeListBytes : Tunables.listBytes
    let bytes = min(max(Tunables.leastListBytes, share), most) &>> crowding
    // One object at least, unless threads are many: what is freed and asked for in turn.
    return max(crowding == 0 ? 1 : 0, min(Self.quotient(bytes, inverse), Tunables.listObjects))
  }

  /// Objects at which a sheaf is posted.
  @inline(__always) public var sheafLimit: Int {
    let fit = Tunables.sheafBytes / objectSize
    return fit > Tunables.sheafObjects ? Tunables.sheafObjects : (fit < 1 ? 1 : fit)
  }

  /// Pages of the shortest slab there can be.
  public var leastSlab: Int { Page.count(bytes: objectSize) }

  /// Pages of the shortest slab whose tail wastes at most 1/16.
  public var shortestSlab: Int {
    var pages = leastSlab
    while tail(pages) > (pages &<< Page.shift) &>> Tunables.tailShift { pages &+= 1 }
    return pages
  }

  /// Pages of the slab, up to `Tunables.tightSlabPages`, whose tail is the smallest part of it.
  private func tightestSlab(from shortest: Int) -> Int {
    var best = shortest
    var pages = shortest
    while pages < Tunables.tightSlabPages {
      pages &+= 1
      if tail(pages) &* best < tail(best) &* pages { best = pages }
    }
    return best
  }

  /// Bytes behind the last object of a slab.
  private func tail(_ pages: Int) -> Int { (pages &<< Page.shift) % objectSize }

  /// Pages of the next slab of a cache that has `pages` already.
  public func slabPages(having pages: Int) -> Int {
    let shortest = shortestSlab
    if pages < shortest &* Tunables.tailShare { return leastSlab }
    if objectSize > Page.size / 2 && shortest > 1 {
      let tight = tightestSlab(from: shortest)
      return tight <= pages / Tunables.slabShare ? tight : shortest
    }
    var times = 1
    while times &* 2 &* shortest <= Tunables.grownSlabPages && times &* 2 &* shortest <= pages / Tunables.slabShare {
      times &*= 2
    }
    return times &* shortest
  }
}
