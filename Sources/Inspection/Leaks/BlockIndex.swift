// BlockIndex: every block of a heap under one number: the objects slab by slab, then the runs, then the areas.

struct BlockIndex {
  private let snapshot: Snapshot
  /// The number of each slab's first object, and after the last one, that of the first run.
  private var firstObject: [Int] = []
  /// By page: one more than the index of the slab, or minus one less than that of the run; 0 for neither.
  private var owners: [Int32]
  /// Whether each block is live.
  private(set) var isLive: [Bool]

  private var firstRun: Int { firstObject[snapshot.slabs.count] }
  private var firstArea: Int { firstRun + snapshot.runs.count }
  var count: Int { isLive.count }

  /// - Precondition: the snapshot knows its free objects.
  init(_ snapshot: Snapshot) {
    self.snapshot = snapshot
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
    isLive = [Bool](repeating: true, count: number + snapshot.runs.count + snapshot.areas.count)
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
    let index = snapshot.areas.partition { $0.range.upperBound <= address }
    guard index < snapshot.areas.count, snapshot.areas[index].address <= address else { return nil }
    return firstArea + index
  }

  /// Whether a block is a run of whole pages, or an area.
  @inline(__always) func isPages(_ block: Int) -> Bool { block >= firstRun }

  /// Where a block lies.
  func range(of block: Int) -> Range<UInt> {
    if block >= firstArea { return snapshot.areas[block - firstArea].range }
    if block >= firstRun {
      let run = snapshot.runs[block - firstRun]
      let start = snapshot.zone.base + UInt(run.page) << 12
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
