// SlabLengths: how many pages a slab of a size class has, by how many its cache has already. To find the lengths takes
// divisions, so a table holds them, one byte for each class.

public struct SlabLengths {
  /// The shortest length in the low four bits, the tightest in the high ones.
  public let rawValue: UInt8

  @inline(__always) public init(rawValue: UInt8) { self.rawValue = rawValue }

  public init(_ sizeClass: SizeClass) {
    let shortest = sizeClass.shortestSlab
    rawValue = UInt8(truncatingIfNeeded: sizeClass.tightestSlab(from: Self.grown(shortest)) &<< 4 | shortest)
  }

  /// Pages of the shortest slab whose tail wastes at most 1/16.
  @inline(__always) public var shortest: Int { Int(rawValue & 15) }

  /// Pages of the slabs of a cache that has some.
  @inline(__always) public var grown: Int { Self.grown(shortest) }

  /// Pages of the slabs of a cache that has many, for a smaller tail.
  @inline(__always) public var tightest: Int { Int(rawValue &>> 4) }

  @inline(__always) private static func grown(_ shortest: Int) -> Int { max(shortest, Tunables.grownSlabPages) }

  /// Pages of the next slab of a cache that has `pages` already.
  @inline(__always) public func next(having pages: Int, of sizeClass: SizeClass) -> Int {
    if pages < shortest &* Tunables.tailShare { return sizeClass.leastSlab }
    if pages >= tightest &* Tunables.tightSlabShare { return tightest }
    return pages >= grown &* Tunables.slabShare ? grown : shortest
  }
}

extension SizeClass {
  /// Pages of the shortest slab there can be: of the first ones, and where there is no memory for more.
  @inline(__always) public var leastSlab: Int { Page.count(bytes: objectSize) }

  fileprivate var shortestSlab: Int {
    var pages = leastSlab
    while tail(pages) > (pages &<< Page.shift) &>> Tunables.tailShift { pages = longer(pages) }
    return pages
  }

  /// Pages of the shortest slab whose tail wastes at most 1/64, or, where there is none up to `Tunables.tightSlabPages`, of
  /// the one whose tail is the smallest part of it.
  fileprivate func tightestSlab(from least: Int) -> Int {
    var best = least
    var pages = least
    while tail(best) > (best &<< Page.shift) &>> Tunables.tightTailShift && longer(pages) <= Tunables.tightSlabPages {
      pages = longer(pages)
      if tail(pages) &* best < tail(best) &* pages { best = pages }
    }
    return best
  }

  /// The next length of a slab: of objects of half a page and less an even one, since odd ones leave single pages between
  /// them, for which classes that have many slabs have no use.
  private func longer(_ pages: Int) -> Int {
    objectSize <= Page.size / 2 && pages > 1 ? pages &+ 2 : pages &+ 1
  }

  /// Bytes behind the last object of a slab.
  private func tail(_ pages: Int) -> Int { (pages &<< Page.shift) % objectSize }
}
