// Where every object of a named cache is, found by looking at all of them, for tests.
#if DEBUG
  import CShim
  import Pages
  import Slabs
  import Units

  /// All objects of a cache at one moment. Each is in exactly one place, or there is no census.
  struct CacheCensus {
    /// Addresses by place. What is in none of them belongs to the program.
    fileprivate(set) var home: Set<UInt> = []
    fileprivate(set) var posted: Set<UInt> = []
    fileprivate(set) var sheaves: Set<UInt> = []
    fileprivate(set) var live: Set<UInt> = []
    fileprivate(set) var slabs = 0
  }

  extension CacheHome {
    /// Verifies the invariants of the cache, its slabs, its barn and the slots of all threads.
    func verifiedCensus() throws -> CacheCensus {
      var census = CacheCensus()
      try verify(record.pointee.full, "full", &census) { $0 == 0 }
      try verify(record.pointee.partial, "partial", &census) { $0 > 0 && $0 < record.pointee.capacity }
      try verify(record.pointee.empty, "empty", &census) { $0 == record.pointee.capacity }
      try visitSheaves { sheaf in
        try BrokenInvariant.unless(sheaf.count <= sheaf.capacity, "a sheaf is more than full")
        for index in 0..<sheaf.count {
          let object = sheaf.objects[index]
          try BrokenInvariant.unless(
            census.live.remove(object) != nil && census.sheaves.insert(object).inserted,
            "\(object) is in a sheaf and elsewhere")
        }
      }
      return census
    }

    private func verify(
      _ list: quarry_slab_list, _ name: String, _ census: inout CacheCensus, _ holds: (UInt32) -> Bool
    ) throws {
      var count = 0
      var previous: UnsafeMutablePointer<quarry_object_slab>?
      var next = list.first
      while let slab = next {
        try BrokenInvariant.unless(slab.pointee.previous == previous, "the \(name) list is not linked both ways")
        try BrokenInvariant.unless(
          holds(slab.pointee.home), "a slab with \(slab.pointee.home) objects at home is on the \(name) list")
        try verify(ObjectSlab(slab), &census)
        count += 1
        previous = slab
        next = slab.pointee.next
      }
      try BrokenInvariant.unless(count == Int(list.count), "\(count) slabs are on the \(name) list of \(list.count)")
      census.slabs += count
    }

    private func verify(_ slab: ObjectSlab, _ census: inout CacheCensus) throws {
      let frame = Zone.shared.frame(slab.first)
      try BrokenInvariant.unless(
        frame.pointee.kind == UInt8(QUARRY_FRAME_CACHE) && frame.pointee.chain == UInt64(UInt(bitPattern: slab.record))
          && slab.cache == record, "the frame of a slab leads elsewhere")
      var home = 0
      for index in 0..<slab.words * 64 {
        let (isHome, isPosted) = (slab.isHome(index), slab.isPosted(index))
        try BrokenInvariant.unless(
          index < Int(record.pointee.capacity) || !isHome && !isPosted, "a bit beyond the last object is set")
        try BrokenInvariant.unless(!isHome || !isPosted, "object \(index) is at home and posted")
        if index >= Int(record.pointee.capacity) { continue }
        let address = slab.address(index)
        try BrokenInvariant.unless(
          CacheObject(address, of: record)?.index == index, "\(address) is not found from its address")
        if isHome {
          home += 1
          census.home.insert(address)
        } else if isPosted {
          census.posted.insert(address)
        } else {
          census.live.insert(address)
        }
      }
      try BrokenInvariant.unless(home == Int(slab.record.pointee.home), "a slab's count is not that of its bits")
    }

    private func visitSheaves(_ visit: (CacheSheaf) throws -> Void) throws {
      var full: UInt32 = 0
      var next = record.pointee.full_sheaves
      while let sheaf = next {
        try BrokenInvariant.unless(CacheSheaf(sheaf).isFull, "a sheaf in the barn is neither full nor empty")
        try visit(CacheSheaf(sheaf))
        full += 1
        next = sheaf.pointee.next
      }
      try BrokenInvariant.unless(full == record.pointee.full_sheaf_count, "the barn counts its full sheaves wrongly")
      next = record.pointee.empty_sheaves
      while let sheaf = next {
        try BrokenInvariant.unless(sheaf.pointee.count == 0, "a sheaf in the barn is neither full nor empty")
        next = sheaf.pointee.next
      }
      for number in 1..<(HeapRegistry.shared.count + 1) {
        let front = HeapRegistry.heap(number).record.pointee.front
        if UInt64(record.pointee.number) >= front.slot_count { continue }
        let slot = CacheSlot(front.slots! + Int(record.pointee.number))
        if slot.isInUse {
          try visit(slot.main)
          try visit(slot.spare)
        }
      }
    }
  }

  extension ObjectSlab {
    fileprivate func isPosted(_ index: Int) -> Bool {
      (quarry_object_slab_bits(record) + (words + index >> 6)).pointee >> UInt64(index & 63) & 1 != 0
    }
  }
#endif
