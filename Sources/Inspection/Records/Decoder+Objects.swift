// Free objects that are not at home: the lists, sheaves and inboxes of each heap, walked within bounds; and the chains of
// slabs, when they are asked for.

import CInspection

extension Decoder {
  /// As many objects as any chain may hold.
  private static let longestChain = 1 << 16

  mutating func decodeHeaps() throws {
    guard image.heapCount > 0 else { return }
    for number in 1...image.heapCount {
      let heap = image.heap(number)
      let state = HeapFigures.State(heap, number)
      snapshot.heaps.append(HeapFigures(number: number, state: state))
      if state == .unused { continue }
      for sizeClass in 0..<classes where sizes[sizeClass] > 0 {
        let count = try walk(quarry_heap_list(heap, sizeClass).pointee.head, sizeClass, .list, number)
        snapshot.caches[sizeClass].inLists += count
        snapshot.heaps[number - 1].listBytes += count * sizes[sizeClass]

        let inbox = quarry_heap_inbox(heap, sizeClass).pointee
        let posted = try walk(inbox & (1 << UInt64(QUARRY_OFFSET_BITS) - 1), sizeClass, .inbox, number)
        snapshot.caches[sizeClass].inInboxes += posted
        snapshot.heaps[number - 1].inboxBytes += posted * sizes[sizeClass]
      }
      for slot in 0..<Int(QUARRY_SHEAF_COUNT) {
        let sheaf = quarry_heap_sheaf(heap, slot).pointee
        let sizeClass = Int(sheaf.key & 0xff)
        guard sheaf.key != 0, sizeClass < classes, sizes[sizeClass] > 0 else { continue }
        let count = try walk(sheaf.head, sizeClass, .sheaf, number)
        snapshot.caches[sizeClass].inSheaves += count
        snapshot.heaps[number - 1].sheafBytes += count * sizes[sizeClass]
      }
    }
  }

  /// Counts the objects of a chain with their slabs. It ends where a link leads anywhere but to an object of the class.
  private mutating func walk(
    _ head: UInt64, _ sizeClass: Int, _ holder: AwayObject.Holder, _ heap: Int
  ) throws -> Int {
    var count = 0
    var object = head
    while object != 0, count < Self.longestChain, let slab = slab(of: object, sizeClass) {
      snapshot.slabs[slab].away += 1
      snapshot.away.append(AwayObject(offset: object, holder: holder, heap: heap))
      count += 1
      guard let word = try cache.word(object) else { break }
      object = word ^ object ^ snapshot.zone.key
    }
    if object != 0 { snapshot.caches[sizeClass].liveBound += 1 }
    return count
  }

  /// The index of the slab in which an object of the class begins at an offset.
  func slab(of object: UInt64, _ sizeClass: Int) -> Int? {
    guard object >> 12 < UInt64(image.pages), object & 7 == 0 else { return nil }
    let index = Int(slabOfPage[Int(object >> 12)]) - 1
    guard index >= 0 else { return nil }
    let slab = snapshot.slabs[index]
    let position = Int(object) - slab.page << 12
    guard slab.sizeClass == sizeClass, position % sizes[sizeClass] == 0,
      slab.isCarved(position / sizes[sizeClass], objectSize: sizes[sizeClass])
    else { return nil }
    return index
  }

  /// An object that moved while it was looked for may have been met twice.
  mutating func settle() {
    for index in snapshot.slabs.indices {
      let slab = snapshot.slabs[index]
      let excess = slab.away - (slab.carved - slab.home)
      if excess > 0 {
        snapshot.slabs[index].away -= excess
        snapshot.caches[slab.sizeClass].liveBound += excess
      }
    }
  }

  /// Lists the free objects at home in each slab.
  /// - Parameters:
  ///   - all: false to leave those out that cannot make up a page.
  ///   - residency: of the zone, if it is known: what is not there was swapped, or given back since, and then it matters
  ///     in which page an object lies.
  mutating func walkSlabs(all: Bool, _ residency: Residency?) throws {
    var home: [UInt64] = []
    home.reserveCapacity(snapshot.slabs.reduce(0) { $0 + $1.home })
    let reader = SlabBytes(source, base: image.base)
    for index in snapshot.slabs.indices where snapshot.slabs[index].sizeClass < classes {
      let slab = snapshot.slabs[index]
      snapshot.slabs[index].isSpread =
        !all && slab.hasOnePageOrNoEmptyOne(objectSize: sizes[slab.sizeClass]) && isResident(slab, residency)
      if slab.home == 0 || snapshot.slabs[index].isSpread { continue }
      // Of objects of more than a page, and among holes, the first words alone: other pages may not be there.
      let count =
        sizes[slab.sizeClass] > Snapshot.pageSize || slab.holes != 0
        ? try chain(of: slab, &home) { try cache.word($0) }
        : try reader.withWords(of: snapshot.slabs, index, sizes) { words in
          chain(of: slab, &home) { object in
            let place = Int(object) - slab.page << 12
            return place <= words.count - 8 ? words.load(fromByteOffset: place, as: UInt64.self) : nil
          }
        }
      if count < slab.home {
        snapshot.caches[slab.sizeClass].liveBound += slab.home - count
        contradict("the chain of the slab at page \(slab.page) ends after \(count) of \(slab.home) objects")
      }
    }
    snapshot.home = (home + named.home).sorted()
  }

  /// Whether all pages with objects of a slab are there, as far as anybody knows.
  private func isResident(_ slab: Slab, _ residency: Residency?) -> Bool {
    guard let residency, slab.pages > 1 else { return true }
    let start = image.base + UInt(slab.page) << 12
    let bytes = slab.end * sizes[slab.sizeClass]
    return residency.residentBytes(start..<(start + UInt(bytes))) == bytes
  }

  /// Follows the chain of a slab.
  /// - Returns: how many objects it has.
  private func chain(of slab: Slab, _ home: inout [UInt64], _ word: (UInt64) throws -> UInt64?) rethrows -> Int {
    let first = UInt64(slab.page) << 12
    let end = first + UInt64(slab.end * sizes[slab.sizeClass])
    var object = image.frames[slab.page].chain
    var count = 0
    while object >= first, object < end, object & 7 == 0, count < slab.home {
      home.append(object)
      count += 1
      guard let next = try word(object) else { break }
      object ^= next ^ snapshot.zone.key
    }
    return count
  }
}

extension HeapFigures.State {
  fileprivate init(_ heap: UnsafeMutablePointer<quarry_heap>, _ number: Int) {
    let tag = heap.pointee.front.tag
    let known = tag == UInt64(number) << UInt64(QUARRY_ENTRY_OWNER_SHIFT) || tag == UInt64(QUARRY_HEAP_CLAIMED)
    switch Int32(heap.pointee.state) {
    case _ where !known: self = .unused
    case QUARRY_HEAP_ACTIVE: self = .active
    case QUARRY_HEAP_IDLE: self = .idle
    case QUARRY_HEAP_TORN: self = .torn
    default: self = .unused
    }
  }
}
