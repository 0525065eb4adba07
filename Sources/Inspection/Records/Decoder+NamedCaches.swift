// Slabs of the kernel interface's named caches. Bits beside the heap say which of their objects are at home; others are in
// the sheaves of threads and of the caches' barns, or live. Objects that were posted count as at home, where the next one
// who has the cache's lock takes them.

import CInspection

/// What a record told of free objects when it was read.
struct ReadRecord {
  var address: UInt
  var words: [UInt64]
  var cache: Int
  /// So many may be elsewhere than counted once the words have changed.
  var objects: Int
}

/// What is known of named caches: by the addresses of their records, their indices in the snapshot.
struct NamedCaches {
  var indices: [UInt: Int] = [:]
  var records: [UInt: kmem_cache] = [:]
  /// The free objects at home, as offsets from the zone's base.
  var home: [UInt64] = []
  var read: [ReadRecord] = []
}

extension Decoder {
  /// More than any sheaf, barn, or table of slots has.
  private static let most = 1 << 16

  /// Decodes the slab of a named cache.
  /// - Returns: false when there cannot be one at the page.
  mutating func decodeNamedSlab(_ page: Int) throws -> Bool {
    let frame = image.frames[page]
    let address = UInt(frame.chain)
    guard let record = try record(quarry_object_slab.self, at: address), Int(record.first_page) == page,
      let (index, cache) = try namedCache(at: UInt(bitPattern: record.cache), number: frame.next),
      frame.pages == cache.slab_pages
    else { return false }
    let (capacity, stride) = (Int(cache.capacity), Int(cache.stride))
    let count = (capacity + 63) / 64
    let bits = address &+ UInt(MemoryLayout<quarry_object_slab>.size)
    guard let words = try words(at: bits, 2 * count), claim(page, Int(frame.pages)) else { return false }
    var slab = Slab(
      page: page, pages: Int(frame.pages), sizeClass: index, owner: 0, capacity: capacity, carved: capacity, home: 0,
      end: capacity)
    for number in 0..<capacity where (words[number / 64] | words[count + number / 64]) >> UInt64(number % 64) & 1 != 0 {
      slab.home += 1
      named.home.append(UInt64(page << 12 + number * stride))
    }
    named.read.append(ReadRecord(address: bits, words: words, cache: index, objects: capacity))
    add(slab)
    return true
  }

  /// The cache whose record lies at an address, if there can be one.
  private mutating func namedCache(at address: UInt, number: UInt32) throws -> (Int, kmem_cache)? {
    if let index = named.indices[address], let cache = named.records[address] {
      return cache.number == number ? (index, cache) : nil
    }
    guard let cache = try record(kmem_cache.self, at: address), cache.number == number, cache.capacity > 0,
      Int(cache.slab_pages) <= image.pages, cache.stride > 0, cache.stride <= Int(cache.slab_pages) << 12,
      Int(cache.capacity) <= Int(cache.slab_pages) << 12 / cache.stride
    else { return nil }
    let index = snapshot.caches.count
    named.indices[address] = index
    named.records[address] = cache
    snapshot.caches.append(Cache(name: try name(of: cache), objectSize: cache.stride))
    sizes.append(cache.stride)
    return (index, cache)
  }

  /// One word, which no other cache of the snapshot has.
  private func name(of cache: kmem_cache) throws -> String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = try bytes.withUnsafeMutableBytes { try source.read(UInt(bitPattern: cache.name), into: $0) }
    let text = String(decoding: bytes.prefix(count).prefix { $0 != 0 }, as: UTF8.self)
    let name = String(text.map { $0.isWhitespace || $0.asciiValue.map { $0 < 32 } == true ? "_" : $0 })
    let isKnown = name.isEmpty || snapshot.caches.contains { $0.name == name }
    return isKnown ? "\(name.isEmpty ? "cache" : name)-\(cache.number)" : name
  }

  /// Counts the free objects in sheaves: those of the threads, and those in the barns.
  mutating func decodeNamedSheaves() throws {
    if named.indices.isEmpty { return }
    for heap in snapshot.heaps where heap.state != .unused {
      let front = image.heap(heap.number).pointee.front
      guard let slots = front.slots, front.slot_count <= Self.most,
        let sheaves = try words(at: UInt(bitPattern: slots), 2 * Int(front.slot_count))
      else { continue }
      for sheaf in sheaves where sheaf != 0 { _ = try count(sheafAt: UInt(sheaf), heap: heap.number) }
    }
    for cache in named.records.values {
      var sheaf = UInt(bitPattern: cache.full_sheaves)
      for _ in 0..<min(Int(cache.full_sheaf_count), Self.most) where sheaf != 0 {
        sheaf = try count(sheafAt: sheaf, heap: 0) ?? 0
      }
    }
  }

  /// Counts the objects of a sheaf with their slabs.
  /// - Returns: the address of the next one; nil where there is no sheaf.
  private mutating func count(sheafAt address: UInt, heap: Int) throws -> UInt? {
    let header = UInt(MemoryLayout<slab_sheaf>.size)
    guard let sheaf = try record(slab_sheaf.self, at: address), sheaf.count <= sheaf.capacity,
      sheaf.capacity <= Self.most, let index = named.indices[UInt(bitPattern: sheaf.cache)],
      let words = try words(at: address, Int(header / 8) + Int(sheaf.count))
    else { return nil }
    for object in words.dropFirst(Int(header / 8)) {
      guard let slab = slab(of: object &- UInt64(image.base), index) else { continue }
      snapshot.slabs[slab].away += 1
      snapshot.away.append(AwayObject(offset: object - UInt64(image.base), holder: .sheaf, heap: heap))
      snapshot.caches[index].inSheaves += 1
    }
    named.read.append(ReadRecord(address: address, words: words, cache: index, objects: Int(sheaf.capacity)))
    return UInt(bitPattern: sheaf.next)
  }

  // MARK: Reading

  private func record<Record>(_ type: Record.Type, at address: UInt) throws -> Record? {
    try withUnsafeTemporaryAllocation(of: type, capacity: 1) { buffer in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      return try address & 7 == 0 && source.read(address, into: bytes) == bytes.count ? buffer[0] : nil
    }
  }

  private func words(at address: UInt, _ count: Int) throws -> [UInt64]? { try source.words(at: address, count) }
}

extension MemorySource {
  /// - Returns: nil where they cannot be read.
  func words(at address: UInt, _ count: Int) throws -> [UInt64]? {
    var words = [UInt64](repeating: 0, count: count)
    let isThere = try words.withUnsafeMutableBytes { try read(address, into: $0) == $0.count }
    return isThere ? words : nil
  }

  /// Whether a record says something else by now.
  func hasChanged(_ record: ReadRecord) throws -> Bool {
    try words(at: record.address, record.words.count) != record.words
  }
}
