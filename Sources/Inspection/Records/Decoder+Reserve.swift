// The atomic reserve: slabs with a link for each object, which lies apart from it and says whether it is live.

import CInspection

extension Decoder {
  /// Reads which slabs the reserve has, and claims the pages of their links, which stay when a slab is given back.
  mutating func readReserve(_ memory: KernelMemory) throws {
    for slab in try memory.reserveSlabs() {
      guard let links = slab.links, slab.pool < UInt32(QUARRY_RESERVE_POOLS) else { continue }
      let page = Int(bitPattern: UInt(bitPattern: links) &- image.base) >> 12
      let pages = (Self.objects(of: slab) * MemoryLayout<UInt32>.stride + Snapshot.pageSize - 1) / Snapshot.pageSize
      guard page > 0, claim(page, pages) else {
        contradict(
          "the links of a slab of the reserve at \(Hexadecimal(slab.base)) are in use, or beyond the zone")
        continue
      }
      snapshot.runs.append(Run(page: page, pages: pages, isReserve: true))
      if slab.base != 0 { reserve[slab.base] = slab }
    }
  }

  private static func size(of slab: quarry_reserve_slab) -> Int { 1 << (Int(slab.pool) + Int(QUARRY_RESERVE_SHIFT)) }

  private static func objects(of slab: quarry_reserve_slab) -> Int {
    Int(QUARRY_RESERVE_SLAB_PAGES) * Snapshot.pageSize / size(of: slab)
  }

  /// Decodes a slab of the reserve.
  /// - Returns: false when none is known at the page.
  mutating func decodeReserveSlab(_ page: Int) throws -> Bool {
    let pages = Int(image.frames[page].pages)
    guard let record = reserve[image.base + UInt(page) << 12], pages == Int(QUARRY_RESERVE_SLAB_PAGES) else {
      return false
    }
    let (size, objects) = (Self.size(of: record), Self.objects(of: record))
    let links = UInt(bitPattern: record.links)
    guard let words = try source.words(at: links, objects / 2), claim(page, pages) else { return false }
    let index = reserveCache(of: size)
    var slab = Slab(
      page: page, pages: pages, sizeClass: index, owner: 0, capacity: objects, carved: objects, home: 0, end: objects)
    for number in 0..<objects {
      let link = UInt32(truncatingIfNeeded: words[number / 2] >> UInt64(number % 2 * 32))
      guard link < QUARRY_RESERVE_LIVE_ACCOUNTED else { continue }
      slab.home += 1
      named.home.append(UInt64(page << 12 + number * size))
    }
    named.read.append(ReadRecord(address: links, words: words, cache: index, objects: objects))
    add(slab)
    return true
  }

  /// The cache of the reserve's objects of a size.
  private mutating func reserveCache(of size: Int) -> Int {
    if let known = snapshot.caches.firstIndex(where: { $0.isReserve && $0.objectSize == size }) { return known }
    snapshot.caches.append(Cache(name: "reserve-\(size)", objectSize: size, isReserve: true))
    sizes.append(size)
    return snapshot.caches.count - 1
  }
}
