// BlockIndex: every block of a heap under one number: the objects slab by slab, then the runs, then those outside of the
// zone: the areas, and the runs of the low zones.

struct BlockIndex {
  private let snapshot: Snapshot
  /// The number of each slab's first object, and after the last one, that of the first run.
  private var firstObject: [Int] = []
  /// By page: one more than the index of the slab, or minus one less than that of the run; 0 for neither.
  private var owners: [Int32]
  /// The areas and the runs of the low zones, by address.
  private let outside: [Range<UInt>]
  /// Whether each block is live.
  private(set) var isLive: [Bool]

  private var firstRun: Int { firstObject[snapshot.slabs.count] }
  private var firstOutside: Int { firstRun + snapshot.runs.count }
  var count: Int { isLive.count }

  /// - Precondition: the snapshot knows its free objects.
  init(_ snapshot: Snapshot) {
    self.snapshot = snapshot
    outside = snapshot.blocksOutside
    owners = [Int32](repeating: 0, count: snapshot.zone.spannedPages)
    var number = 0
    for (index, slab) in snapshot.slabs.enumerated() {
      firstObject.append(number)
      number += slab.end
      for page in slab.page..<(slab.page + slab.pages) { owners[page] = Int32(index + 1) }
    }
    firstObject.append(number)
    for (index, run) in snapshot.runs.enumerated() {
      for page in run.page..<(run.page + run.pages) { owners[page] = Int32(-index - 1) }
    }
    isLive = [Bool](repeating: true, count: number + snapshot.runs.count + outside.count)
    for (index, slab) in snapshot.slabs.enumerated() where slab.holes != 0 {
      for object in 0..<slab.end where !slab.isCarved(object, objectSize: snapshot.caches[slab.sizeClass].objectSize) {
        isLive[firstObject[index] + object] = false
      }
    }
    for offset in snapshot.away.map(\.offset) + (snapshot.home ?? []) {
      if let block = block(holding: snapshot.zone.base + UInt(offset)) { isLive[block] = false }
    }
  }

  /// The block that an address points to or into.
  @inline(__always) func block(holding address: UInt) -> Int? {
    let offset = address &- snapshot.zone.base
    if offset < UInt(owners.count) << 12 {
      let owner = Int(owners[Int(offset >> 12)])
      if owner < 0 { return firstRun - owner - 1 }
      if owner == 0 { return nil }
      let slab = snapshot.slabs[owner - 1]
      let object = (Int(offset) - slab.page << 12) / snapshot.caches[slab.sizeClass].objectSize
      return slab.isCarved(object, objectSize: snapshot.caches[slab.sizeClass].objectSize)
        ? firstObject[owner - 1] + object : nil
    }
    let index = outside.partition { $0.upperBound <= address }
    guard index < outside.count, outside[index].lowerBound <= address else { return nil }
    return firstOutside + index
  }

  /// Whether a block is whole pages.
  @inline(__always) func isPages(_ block: Int) -> Bool { block >= firstRun }

  /// Where a block lies.
  func range(of block: Int) -> Range<UInt> {
    if block >= firstOutside { return outside[block - firstOutside] }
    if block >= firstRun {
      let run = snapshot.runs[block - firstRun]
      let start = snapshot.zone.address(of: run.page)
      return start..<(start + UInt(run.pages) << 12)
    }
    let slab = firstObject.partition { $0 <= block } - 1
    let size = snapshot.caches[snapshot.slabs[slab].sizeClass].objectSize
    let start = snapshot.zone.base + UInt(snapshot.slabs[slab].page << 12 + (block - firstObject[slab]) * size)
    return start..<(start + UInt(size))
  }

  /// The cache of a block; nil for whole pages.
  func cache(of block: Int) -> String? {
    if isPages(block) { return nil }
    let slab = firstObject.partition { $0 <= block } - 1
    return snapshot.caches[snapshot.slabs[slab].sizeClass].name
  }
}

extension Snapshot {
  /// Where the blocks outside of the zone lie, by address.
  var blocksOutside: [Range<UInt>] {
    let low = lowZones.flatMap { low in
      low.runs.map { run -> Range<UInt> in
        let start = low.zone.address(of: run.page)
        return start..<(start + UInt(run.pages) << 12)
      }
    }
    return (areas.map(\.range) + low).sorted { $0.lowerBound < $1.lowerBound }
  }
}
