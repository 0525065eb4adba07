// ObjectSlab: the pages of a named cache. Which objects are at home is said by bits beside the heap, so that a free object
// keeps what its constructor or its last user left in it. Another word of bits takes objects from those who cannot have
// the cache's lock: posting is two atomic steps, and whoever has the lock next takes them home.
//
// Invariants: an object's bit is set at home or among the posted ones, never both; `home` counts the former; a slab with
// posted bits is in its cache's stack, or somebody is about to put it there.
import CShim
import Pages
import Platform
import Slabs
import Synchronization
import Units

struct ObjectSlab {
  let record: UnsafeMutablePointer<quarry_object_slab>

  @inline(__always) init(_ record: UnsafeMutablePointer<quarry_object_slab>) { self.record = record }

  @inline(__always) var cache: UnsafeMutablePointer<kmem_cache> { record.pointee.cache }
  @inline(__always) var first: PageIndex { PageIndex(record.pointee.first_page) }
  @inline(__always) var words: Int { Self.words(cache) }
  @inline(__always) private static func words(_ cache: UnsafeMutablePointer<kmem_cache>) -> Int {
    (Int(cache.pointee.capacity) &+ 63) &>> 6
  }
  @inline(__always) private func home(_ word: Int) -> UnsafeMutablePointer<UInt64> {
    quarry_object_slab_bits(record) + word
  }
  @inline(__always) private func posted(_ word: Int) -> UnsafeMutablePointer<UInt64> {
    quarry_object_slab_bits(record) + (words &+ word)
  }

  /// Who had an object last.
  /// - Precondition: the cache has SLAB_STORE_USER.
  func track(_ index: Int) -> UnsafeMutablePointer<quarry_track> {
    UnsafeMutableRawPointer(quarry_object_slab_bits(record) + 2 &* words).assumingMemoryBound(to: quarry_track.self)
      + index
  }

  @inline(__always) func address(_ index: Int) -> UInt {
    Zone.shared.address(first) &+ UInt(index) &* UInt(cache.pointee.stride) &+ UInt(cache.pointee.offset)
  }

  // MARK: Life

  static func recordBytes(_ cache: UnsafeMutablePointer<kmem_cache>) -> Int {
    let tracks =
      cache.pointee.flags & SLAB_STORE_USER != 0
      ? Int(cache.pointee.capacity) &* MemoryLayout<quarry_track>.stride : 0
    return MemoryLayout<quarry_object_slab>.size &+ 2 &* words(cache) &* 8 &+ tracks
  }

  /// A slab whose objects are all at home. No lock is held: constructors run, and pages may be waited for.
  static func make(_ cache: UnsafeMutablePointer<kmem_cache>, _ gfp: Gfp) -> ObjectSlab? {
    guard let memory = Metadata.allocate(recordBytes(cache)) else { return nil }
    let pages = Int(cache.pointee.slab_pages)
    let alignment = max(1, Int(cache.pointee.alignment) &>> Page.shift)
    guard let block = SlabPages.take(pages, alignment: alignment, pageFlags(cache, gfp)) else {
      Metadata.free(memory, recordBytes(cache))
      return nil
    }
    let slab = ObjectSlab(memory.assumingMemoryBound(to: quarry_object_slab.self))
    slab.record.pointee.cache = cache
    slab.record.pointee.first_page = block.first.rawValue
    slab.fillHome()
    slab.enterPages(pages)
    if slab.isAccounted { Account.add(bytes: pages &<< Page.shift) }
    if let constructor = cache.pointee.constructor {
      for index in 0..<Int(cache.pointee.capacity) {
        constructor(UnsafeMutableRawPointer(bitPattern: slab.address(index)).unsafelyUnwrapped)
      }
    }
    return slab
  }

  /// How pages are asked for: placed and counted as the cache was made, whatever the request says.
  private static func pageFlags(_ cache: UnsafeMutablePointer<kmem_cache>, _ gfp: Gfp) -> Gfp {
    let flags = gfp.rawValue & ~(___GFP_ZERO | ___GFP_RECLAIMABLE | ___GFP_ACCOUNT)
    return Gfp(cache.pointee.flags & SLAB_RECLAIM_ACCOUNT != 0 ? flags | ___GFP_RECLAIMABLE : flags)
  }

  private var isAccounted: Bool { cache.pointee.flags & SLAB_ACCOUNT != 0 }

  private func fillHome() {
    var left = Int(cache.pointee.capacity)
    record.pointee.home = cache.pointee.capacity
    for word in 0..<words {
      home(word).pointee = left >= 64 ? .max : 1 &<< UInt64(left) &- 1
      left &-= 64
    }
  }

  private func enterPages(_ pages: Int) {
    let zone = Zone.shared
    let frame = zone.frame(first)
    frame.pointee = quarry_frame(
      chain: UInt64(UInt(bitPattern: record)), due: 0, next: cache.pointee.number, previous: 0, pages: UInt32(pages),
      carved: 0, capacity: 0, size_class: 0, state: 0, kind: UInt8(QUARRY_FRAME_CACHE), holes: 0)
    let owner = cache.pointee.owner == QUARRY_CACHE_UNOWNED ? 0 : cache.pointee.owner
    for page in 0..<pages { zone.entry(first + page).pointee = Entry.kernel(slab: first, owner: owner).rawValue }
  }

  /// Gives the pages back. The slab is on no list, and all its objects are at home.
  func release() {
    let zone = Zone.shared
    let pages = Int(cache.pointee.slab_pages)
    let bytes = Self.recordBytes(cache)
    let first = first
    for page in 0..<pages { zone.entry(first + page).pointee = 0 }
    zone.frame(first).pointee.kind = 0
    if isAccounted { Account.add(bytes: -(pages &<< Page.shift)) }
    SlabPages.free(first, pages)
    Metadata.free(record, bytes)
  }

  // MARK: With the cache's lock held

  func isHome(_ index: Int) -> Bool { home(index &>> 6).pointee &>> UInt64(index & 63) & 1 != 0 }

  /// Takes up to `count` objects: the first that are at home.
  /// - Returns: how many.
  func take(_ count: Int, into objects: UnsafeMutablePointer<UInt>) -> Int {
    let first = address(0)
    let stride = UInt(cache.pointee.stride)
    var taken = 0
    for word in 0..<words {
      var bits = home(word).pointee
      while bits != 0 && taken < count {
        objects[taken] = first &+ UInt(word &<< 6 &+ bits.trailingZeroBitCount) &* stride
        taken &+= 1
        bits &= bits &- 1
      }
      home(word).pointee = bits
    }
    record.pointee.home &-= UInt32(taken)
    return taken
  }

  func takeHome(_ index: Int) {
    home(index &>> 6).pointee |= 1 &<< UInt64(index & 63)
    record.pointee.home &+= 1
  }

  /// Takes the posted objects home.
  func takePostedHome() {
    var count = 0
    for word in 0..<words {
      // Pairs with the OR in post.
      let bits = atomic(posted(word)).pointee.exchange(0, ordering: .acquiringAndReleasing)
      if bits == 0 { continue }
      let twice = bits & home(word).pointee
      if twice != 0 { CacheMisuse.doubleFree("kmem_cache_free", self, word &<< 6 &+ twice.trailingZeroBitCount) }
      home(word).pointee |= bits
      count &+= bits.nonzeroBitCount
    }
    record.pointee.home &+= UInt32(count)
  }

  // MARK: Without it

  /// Posts an object: lock-free, and safe in a signal handler that interrupted anything.
  func post(_ index: Int, _ function: StaticString) {
    // From the bit on somebody else may take the object home, and be about to give the slab back.
    let posters = atomic(quarry_object_slab_posters(record))
    posters.pointee.add(1, ordering: .relaxed)
    enter(index, function)
    // Pairs with the load in isInReach: the last that is done to the record.
    posters.pointee.subtract(1, ordering: .releasing)
  }

  /// Whether somebody without the lock is posting an object of the slab, or the slab is in the cache's stack. While all
  /// of its objects are at home this can only end, for nobody has one to post. With the lock held.
  var isInReach: Bool {
    atomic(quarry_object_slab_posters(record)).pointee.load(ordering: .acquiring) != 0
      || atomic(quarry_object_slab_is_posted(record)).pointee.load(ordering: .acquiring) != 0
  }

  /// Sets the object's bit and sees that the slab is in the cache's stack.
  private func enter(_ index: Int, _ function: StaticString) {
    let bit = UInt64(1) &<< UInt64(index & 63)
    // Pairs with the exchange in takePostedHome.
    let old = atomic(posted(index &>> 6)).pointee.bitwiseOr(bit, ordering: .acquiringAndReleasing).oldValue
    if old & bit != 0 { CacheMisuse.doubleFree(function, self, index) }
    if atomic(quarry_object_slab_is_posted(record)).pointee.exchange(1, ordering: .acquiringAndReleasing) != 0 {
      return
    }
    let stack = atomic(quarry_cache_posted(cache))
    var head = stack.pointee.load(ordering: .relaxed)
    while true {
      record.pointee.next_posted = head
      // Pairs with the exchange in CacheHome.drainPosted.
      let attempt = stack.pointee.compareExchange(
        expected: head, desired: UInt(bitPattern: record), ordering: .releasing)
      if attempt.exchanged { return }
      head = attempt.original
    }
  }
}
