import CShim
import Platform
import TestSupport
import Testing
import Units

@testable import Kernel
@testable import Pages
@testable import Requests
@testable import Slabs

extension TheHeap {
  @Suite("Named caches") struct NamedCaches {
    private typealias Record = UnsafeMutablePointer<kmem_cache>

    private static func make(
      _ size: UInt32, align: UInt32 = 0, _ flags: slab_flags_t = SLAB_NO_MERGE,
      constructor: (@convention(c) (UnsafeMutableRawPointer) -> Void)? = nil
    ) throws -> Record {
      let wish = "tested".withCString {
        Caches.create(Caches.Wish(name: $0, size: size, align: align, flags: flags, constructor: constructor))
      }
      guard let wish else { throw Failure("no cache of \(size) bytes") }
      return wish
    }

    private static func take(_ cache: Record, _ gfp: Gfp = .kernel) -> UInt {
      NamedCache.allocate(from: cache, gfp, otherwise: { NamedCache(cache).allocate(gfp, caller: 1) })
    }

    private static func give(_ cache: Record, _ object: UInt) {
      NamedCache.free(object, to: cache, otherwise: { NamedCache(cache).free(object, "kmem_cache_free", caller: 1) })
    }

    /// Whoever posts an object has the slab in hand still when another thread takes that home.
    @Test func anEmptySlabThatSomebodyHasInHandStays() throws {
      try FreshKernel.run {
        let cache = try Self.make(100)
        let object = Self.take(cache)
        let place = CacheObject(object)
        guard let slab = place?.slab else { throw Failure("no object") }
        Self.give(cache, object)
        let posters = quarry_object_slab_posters(slab.record)
        posters.pointee = 1
        try check(!NamedCache(cache).shrink(), "the slab went back")
        posters.pointee = 0
        quarry_object_slab_is_posted(slab.record).pointee = 1
        try check(!NamedCache(cache).shrink(), "the slab went back out of the stack")
        quarry_object_slab_is_posted(slab.record).pointee = 0
        try check(NamedCache(cache).shrink(), "the slab stays")
        Caches.destroy(cache)
      }
    }

    // MARK: A random run against a naive model

    /// The model is the set of objects that the program has, each with a word that nobody else writes.
    private struct Model {
      let cache: Record
      var objects: [UInt] = []
      private var nextWord: UInt64 = 1
      private var words: [UInt: UInt64] = [:]

      init(_ cache: Record) { self.cache = cache }

      mutating func enter(_ object: UInt) throws {
        if object == 0 { return try check(Faults.struck > 0, "no object can be had") }
        try check(words[object] == nil, "\(object) was given twice")
        try check(object % UInt(cache.pointee.alignment) == 0, "\(object) is not aligned")
        UnsafeMutablePointer<UInt64>(bitPattern: object)!.pointee = nextWord
        words[object] = nextWord
        nextWord += 1
        objects.append(object)
      }

      mutating func leave(_ index: Int) throws -> UInt {
        objects.swapAt(index, objects.count - 1)
        let object = objects.removeLast()
        let word = UnsafeMutablePointer<UInt64>(bitPattern: object)!.pointee
        try check(words.removeValue(forKey: object) == word, "\(object) was written to")
        return object
      }

      func verify() throws {
        let census = try CacheHome(cache).verifiedCensus()
        try check(
          census.live == Set(objects), "\(census.live.count) objects are live, and \(objects.count) are in use")
      }
    }

    @Test(arguments: [
      (8, 0, SLAB_NO_MERGE), (64, 0, SLAB_NO_MERGE), (100, 32, SLAB_NO_MERGE), (700, 0, SLAB_RECLAIM_ACCOUNT),
      (3000, 0, SLAB_NO_MERGE), (20000, 0, SLAB_NO_MERGE), (1_500_000, 0, SLAB_NO_MERGE),
      (56, 0, SLAB_TYPESAFE_BY_RCU), (100, 8192, SLAB_NO_MERGE), (48, 0, SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER),
    ])
    func everyObjectIsInOnePlace(_ size: Int, _ align: Int, _ flags: slab_flags_t) throws {
      try FreshKernel.run {
        var random = Random(seed: UInt64(size + align))
        let actors = try (0..<3).map { _ in try Actor() }
        var model = Model(try Self.make(UInt32(size), align: UInt32(align), flags))
        let cache = model.cache
        let most = size > 1 << 20 ? 8 : 1000
        for step in 0..<6000 {
          // Growing, shrinking, and in balance, in turns.
          let growing = random.below(6) < [4, 3, 2][step / 400 % 3]
          let actor = actors[random.below(3)]
          try actor.act {
            switch random.below(100) {
            case 0: _ = NamedCache(cache).shrink()
            case 1: _ = Caches.drain()
            case 2...5:
              let count = 1 + random.below(min(most, 100))
              var objects = [UInt](repeating: 0, count: count)
              try check(NamedCache(cache).allocate(.kernel, count: count, into: &objects, caller: 1), "no bulk")
              for object in objects { try model.enter(object) }
            case 6...9:
              var objects = try (0..<random.below(min(model.objects.count, 100) + 1)).map { _ in
                try model.leave(random.below(model.objects.count))
              }
              NamedCache(cache).free(&objects, objects.count, "kmem_cache_free_bulk", caller: 1)
            default:
              if growing && model.objects.count < most || model.objects.isEmpty {
                try model.enter(Self.take(cache))
              } else {
                let object = try model.leave(random.below(model.objects.count))
                if random.once(in: 4) { Request.free(object) } else { Self.give(cache, object) }
              }
            }
          }
          if step % 50 == 0 { try model.verify() }
        }
        for actor in actors { SlotTable.release(actor.heap.record) }
        while !model.objects.isEmpty { Self.give(cache, try model.leave(0)) }
        try model.verify()
        #expect(NamedCache(cache).shrink())
        Caches.destroy(cache)
      }
    }

    // MARK: Failures

    @Test func aCacheWithoutMemoryFailsAndStaysWhole() throws {
      try FreshKernel.run {
        let cache = try Self.make(512)
        var model = Model(cache)
        try model.enter(Self.take(cache))
        Faults.fail(.open)
        Faults.fail(.map)
        var failures = 0
        for _ in 0..<100_000 where failures < 10 {
          let object = Self.take(cache, Gfp(Gfp.kernel.rawValue | ___GFP_NOWARN))
          if object == 0 { failures += 1 } else { try model.enter(object) }
        }
        #expect(failures == 10)
        try model.verify()
        Faults.clear()
        try model.enter(Self.take(cache))
        while !model.objects.isEmpty { Self.give(cache, try model.leave(0)) }
        try model.verify()
      }
    }

    // MARK: What cannot wait

    @Test func whereTheLockIsTakenFreesArePosted() throws {
      try FreshKernel.run {
        let cache = try Self.make(64)
        let home = CacheHome(cache)
        let objects = (0..<200).map { _ in Self.take(cache) }
        try #require(objects.allSatisfy { $0 != 0 })
        // Handlers are served from now on: frees keep off the thread's sheaf, and off a lock that is taken.
        KernelMemory.expectHandlers()
        let before = try home.verifiedCensus()
        #expect(home.lock.acquire())
        for object in objects { Self.give(cache, object) }
        let during = try home.verifiedCensus()
        #expect(during.posted == Set(objects) && during.sheaves == before.sheaves && during.home == before.home)
        // Nor can a request be served that may not wait, but by the reserve.
        let urgent = Self.take(cache, Gfp(___GFP_HIGH | ___GFP_KSWAPD_RECLAIM))
        #expect(AtomicReserve.holds(urgent))
        home.lock.release()
        Self.give(cache, urgent)
        // Whoever has the lock next takes them home.
        let next = Self.take(cache, Gfp(___GFP_HIGH | ___GFP_KSWAPD_RECLAIM))
        #expect(next != 0 && !AtomicReserve.holds(next))
        let after = try home.verifiedCensus()
        #expect(after.posted.isEmpty && after.live == [next] && after.sheaves == before.sheaves)
        Self.give(cache, next)
      }
    }

    // MARK: Threads

    @Test func aThreadThatEndsGivesItsSheavesBack() throws {
      try FreshKernel.run {
        let cache = try Self.make(64)
        let objects = (0..<100).map { _ in Self.take(cache) }
        let actor = try Actor()
        actor.act { for object in objects { Self.give(cache, object) } }
        let home = CacheHome(cache)
        #expect(try home.verifiedCensus().sheaves.isSuperset(of: objects))
        SlotTable.release(actor.heap.record)
        SlotTable.release(Heap.current.record)
        let after = try home.verifiedCensus()
        #expect(after.sheaves.isEmpty && after.live.isEmpty && after.home.isSuperset(of: objects))
      }
    }

    /// One thread allocates, another frees: full sheaves come back by way of the barn, without a look at slabs.
    @Test func fullSheavesTravelByTheBarn() throws {
      try FreshKernel.run {
        let cache = try Self.make(64)
        let (producer, consumer) = (try Actor(), try Actor())
        var most: UInt32 = 0
        for _ in 0..<50 {
          let objects = producer.act { (0..<100).map { _ in Self.take(cache) } }
          consumer.act { for object in objects { Self.give(cache, object) } }
          most = max(most, cache.pointee.full_sheaf_count)
        }
        #expect(most > 0)
        #expect(try CacheHome(cache).verifiedCensus().slabs < 10)
        for actor in [producer, consumer] { SlotTable.release(actor.heap.record) }
      }
    }

    /// The barn makes room for the full sheaves of one thread, too, up to its limit; what is beyond goes home, and so does
    /// all of it where there is no memory for sheaves.
    @Test func theBarnGrowsToItsLimit() throws {
      try FreshKernel.run {
        let cache = try Self.make(16)
        let limit = cache.pointee.barn_limit
        #expect(limit == Tunables.barnSheaves)
        let objects = (0..<2 * Int(limit * cache.pointee.sheaf_capacity)).map { _ in Self.take(cache) }
        for object in objects { Self.give(cache, object) }
        #expect(cache.pointee.full_sheaf_count == limit)
        #expect(try !CacheHome(cache).verifiedCensus().home.isSuperset(of: objects))
        // They serve the next requests: nothing comes from slabs.
        let home = try CacheHome(cache).verifiedCensus().home
        let again = (0..<Int(limit * cache.pointee.sheaf_capacity)).map { _ in Self.take(cache) }
        #expect(try CacheHome(cache).verifiedCensus().home == home)
        for object in again { Self.give(cache, object) }
        // Large objects fill fewer.
        #expect(try Self.make(4000).pointee.barn_limit < limit)
      }
    }

    @Test func withoutMemoryForSheavesObjectsGoHome() throws {
      try FreshKernel.run {
        let cache = try Self.make(64)
        let objects = (0..<5 * Int(cache.pointee.sheaf_capacity)).map { _ in Self.take(cache) }
        // What is left of the records' memory is used up.
        Faults.fail(.map)
        while Metadata.allocate(1 << 10) != nil {}
        for object in objects { Self.give(cache, object) }
        Faults.clear()
        #expect(cache.pointee.full_sheaf_count == 0)
        let census = try CacheHome(cache).verifiedCensus()
        #expect(census.live.isEmpty && census.home.union(census.sheaves).isSuperset(of: objects))
      }
    }

    /// Slots survive the growth of their table.
    @Test func aThreadUsesManyCaches() throws {
      try FreshKernel.run {
        let caches = try (0..<100).map { try Self.make(UInt32(16 + 8 * $0)) }
        let objects = caches.map { Self.take($0) }
        for cache in caches { #expect(try CacheHome(cache).verifiedCensus().live.count == 1) }
        for (cache, object) in zip(caches, objects) { Self.give(cache, object) }
        let number = caches[50].pointee.number
        for cache in caches { Caches.destroy(cache) }
        // Numbers are used again.
        let again = try (0..<100).map { try Self.make(UInt32(16 + 8 * $0)) }
        #expect(again.contains { $0.pointee.number == number })
      }
    }

    // MARK: The end of a cache

    @Test func aCacheWithLiveObjectsStays() throws {
      try FreshKernel.run {
        let cache = try Self.make(64)
        let (first, second) = (Self.take(cache), Self.take(cache))
        Self.give(cache, first)
        Caches.destroy(cache)
        #expect(Caches.cache(cache.pointee.number) == cache)
        #expect(try CacheHome(cache).verifiedCensus().live == [second])
        let number = cache.pointee.number
        Self.give(cache, second)
        Caches.destroy(cache)
        #expect(Caches.cache(number) == nil)
      }
    }

    // MARK: Layout and records

    @Test func objectsFitTheirSlabs() throws {
      for size in Array(1...300) + [1000, 4096, 4097, 5000, 65536, 100_000, 1 << 20, 1 << 22] {
        for align in [0, 8, 64, 256, 4096, 8192] {
          for flags in [0, SLAB_HWCACHE_ALIGN, SLAB_RED_ZONE] {
            let layout = CacheLayout(size: size, align: align, flags: flags)
            let bytes = layout.slabPages << Page.shift
            #expect(layout.stride % layout.alignment == 0 && layout.offset % layout.alignment == 0)
            #expect(layout.alignment >= align && layout.capacity * layout.stride <= bytes)
            #expect(bytes - layout.capacity * layout.stride <= bytes / 16)
            let red = flags == SLAB_RED_ZONE ? CacheLayout.redZone : 0
            #expect(layout.offset >= red && layout.stride >= layout.offset + size + red)
            // An object lies within as few cache lines as it can.
            if flags == SLAB_HWCACHE_ALIGN && size <= 64 {
              #expect(64 % layout.alignment == 0 || layout.alignment >= 64)
            }
          }
        }
      }
    }

    @Test func recordsAreZeroedAndApart() throws {
      try FreshKernel.run {
        var random = Random(seed: 7)
        var records: [(UnsafeMutableRawPointer, Int)] = []
        for _ in 0..<2000 {
          if records.count > 100 || !records.isEmpty && random.once(in: 3) {
            let (record, bytes) = records.remove(at: random.below(records.count))
            for byte in 0..<bytes { try check(record.load(fromByteOffset: byte, as: UInt8.self) == 0xff, "shared") }
            Metadata.free(record, bytes)
          } else {
            let bytes = random.spread(to: 200_000)
            let record = try #require(Metadata.allocate(bytes))
            for byte in 0..<bytes { try check(record.load(fromByteOffset: byte, as: UInt8.self) == 0, "not zeroed") }
            record.initializeMemory(as: UInt8.self, repeating: 0xff, count: bytes)
            records.append((record, bytes))
          }
        }
        Faults.fail(.map)
        #expect(Metadata.allocate(1 << 20) == nil)
      }
    }
  }
}
