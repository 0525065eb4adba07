// SlabLengths: pages of the slabs of a size class, by how many its cache has. To find them takes divisions, so a table holds
// them, a byte a class.

public struct SlabLengths {
  /// The shortest length with a small tail in the low four bits, the longest in the high ones.
  public let rawValue: UInt8

  @inline(__always) public init(rawValue: UInt8) { self.rawValue = rawValue }

  public init(_ sizeClass: SizeClass) {
    let shortest = sizeClass.shortestSlab
    let isLarge = sizeClass.objectSize > Page.size / 2 && shortest > 1
    let longest =
      isLarge
      ? sizeClass.tightestSlab(from: shortest) : max(shortest, Tunables.grownSlabPages / shortest &* shortest)
    rawValue = UInt8(truncatingIfNeeded: longest &<< 4 | shortest)
  }

  /// Pages of the shortest slab whose tail wastes at most 1/16.
  @inline(__always) public var shortest: Int { Int(rawValue & 15) }

  /// Pages of the slabs of a cache that has many.
  @inline(__always) public var longest: Int { Int(rawValue &>> 4) }

  /// Pages of the next slab of a cache that has `pages` already.
  @inline(__always) public func next(having pages: Int, of sizeClass: SizeClass) -> Int {
    if pages < shortest &* Tunables.tailShare { return sizeClass.leastSlab }
    return longest <= pages / Tunables.slabShare ? longest : shortest
  }
}

extension SizeClass {
  /// Pages of the shortest slab there can be: of the first ones, and where there is no memory for more.
  @inline(__always) public var leastSlab: Int { Page.count(bytes: objectSize) }

  fileprivate var shortestSlab: Int {
    var pages = leastSlab
    while tail(pages) > (pages &<< Page.shift) &>> Tunables.tailShift { pages &+= 1 }
    return pages
  }

  /// Pages of the slab, up to `Tunables.tightSlabPages`, whose tail is the smallest part of it.
  fileprivate func tightestSlab(from shortest: Int) -> Int {
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
}
