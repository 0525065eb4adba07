// Heap: what a thread allocates from. For each class it has a list of free objects, last in, first out: malloc pops, free
// pushes as long as there is room, and beyond that puts the object into its slab's own chain. An empty list takes the
// chain of a slab. None of this takes a lock: the lists belong to the thread, and so do the slabs, unless somebody claims
// the heap (Possession.swift).
import CShim
import Pages
import Platform
import Synchronization
import Units

public struct Heap {
  public let record: UnsafeMutablePointer<quarry_heap>

  @inline(__always) public init(_ record: UnsafeMutablePointer<quarry_heap>) { self.record = record }

  /// The calling thread's heap; the empty one, whose lists are empty, when it has none.
  @inline(__always) public static var current: Heap { Heap(quarry_heap_of_thread()) }

  /// The number that tells a real heap from the empty and the ended one: its place among the records.
  @inline(__always) public var number: UInt32 {
    let offset = UInt(bitPattern: record) &- Zone.shared.record.pointee.heaps
    return UInt32(truncatingIfNeeded: offset / UInt(QUARRY_HEAP_STRIDE))
  }

  /// Whether this is a thread's own heap, rather than the empty or the ended one.
  @inline(__always) public var isReal: Bool { record != quarry_heap_empty() && record != quarry_heap_ended() }

  @inline(__always) func list(_ sizeClass: SizeClass) -> UnsafeMutablePointer<quarry_list> {
    quarry_heap_list(record, sizeClass.rawValue)
  }

  // MARK: The fast paths

  /// Takes a free object from the thread's list. Goes the slow way when the list is empty, when its first link was
  /// overwritten (which `popSlow` reports), or when something is due (Countdown.swift).
  /// - Parameter size: bytes that the program asked for; 0 when they are counted already.
  /// - Returns: its address, as a number: with an optional pointer the compiler would not make the slow way a jump.
  @inline(__always) public func pop(_ sizeClass: SizeClass, counting size: UInt = 0, otherwise slow: () -> UInt) -> UInt
  {
    pop(code: sizeClass.code, counting: size, otherwise: slow)
  }

  /// The same for the code of a class, which leads to its list in fewer instructions.
  @inline(__always) public func pop(code: UInt64, counting size: UInt, otherwise slow: () -> UInt) -> UInt {
    let list = quarry_heap_list_of_code(record, code)
    let object = list.pointee.head
    if object == 0 { return slow() }
    let zone = Zone.shared
    let word = zone.word(object)
    let next = word.pointee ^ object ^ zone.record.pointee.key
    if next >= UInt64(zone.extent) { return slow() }
    record.pointee.front.countdown &-= Int64(bitPattern: UInt64(size))
    if record.pointee.front.countdown < 0 { return slow() }
    list.pointee.head = next
    list.pointee.room &+= 1
    word.pointee = 0
    return UInt(bitPattern: word)
  }

  /// Puts an object on the thread's list if its page belongs to this heap or its class is one whose objects may stray, it is
  /// the start of an object, and it does not look free already; else goes the slow way. One comparison covers frees from
  /// other threads, page runs, free pages, a thread without a heap, and a heap that somebody claimed.
  @inline(__always) public func push(_ address: UInt, otherwise slow: () -> Void) {
    let zone = Zone.shared
    let object = zone.offset(address)
    let extent = UInt64(zone.extent)
    if object >= extent { return slow() }
    // If this heap is the owner, only the slab's offset and the code are left. Objects that may stray have the sign bit.
    let entry = Entry(zone.entry(holding: object).pointee ^ record.pointee.front.tag)
    if Int64(bitPattern: entry.rawValue) >= Int64(bitPattern: extent) { return slow() }
    // What is left of another owner, from bit 40 on, is lost in the product: an inverse is a multiple of 2^24.
    let inverse = quarry_zone_inverse(zone.record, entry.code)
    let position = object &+ entry.code &- entry.rawValue
    if position &* inverse >= inverse { return slow() }
    let word = zone.word(object)
    let mix = object ^ zone.record.pointee.key
    if word.pointee ^ mix < extent { return slow() }
    put(object, word, mix, entry, otherwise: slow)
  }

  /// The same for an object that is certain to be in use.
  /// - Parameter entry: of its page.
  @inline(__always) public func push(_ address: UInt, of entry: Entry, otherwise slow: () -> Void) {
    let zone = Zone.shared
    let object = zone.offset(address)
    let own = Entry(entry.rawValue ^ record.pointee.front.tag)
    if Int64(bitPattern: own.rawValue) >= Int64(bitPattern: UInt64(zone.extent)) { return slow() }
    put(object, zone.word(object), object ^ zone.record.pointee.key, own, otherwise: slow)
  }

  /// Puts an object on the list of its class, or, where that has no room, into the chain of its slab.
  /// - Parameters:
  ///   - word: its first word; a link there is mixed with `mix`.
  ///   - entry: of its page, without the owner if that is this heap.
  @inline(__always) private func put(
    _ object: UInt64, _ word: UnsafeMutablePointer<UInt64>, _ mix: UInt64, _ entry: Entry, otherwise slow: () -> Void
  ) {
    let list = quarry_heap_list_of_code(record, entry.code)
    // Compared before it is changed, so that frees on their way home do not wait for each other's stores.
    if list.pointee.room > 0 {
      quarry_list_take_room(list)
      word.pointee = list.pointee.head ^ mix
      list.pointee.head = object
      return
    }
    // The object may be another heap's.
    if entry.mayStray { return slow() }
    pushHome(object, word, mix, slab: entry.rawValue)
  }

  /// Puts an object of this heap into the chain of its slab.
  /// - Parameters:
  ///   - word: its first word; a link there is mixed with `mix`.
  ///   - slab: an offset in the first page of its slab.
  @inline(__always) func pushHome(_ object: UInt64, _ word: UnsafeMutablePointer<UInt64>, _ mix: UInt64, slab: UInt64) {
    let frame = Zone.shared.frame(holding: slab)
    quarry_heap_mark(record)
    if isClaimed { return Self.pushHomeAfterClaim(record, object, frame) }
    record.pointee.front.homeward &+= 1
    word.pointee = frame.pointee.chain ^ mix
    frame.pointee.chain = object
    frame.pointee.due &-= 1
    if frame.pointee.due == 0 { return Self.settle(record, frame, slab) }
    leave()
  }

  // MARK: The slow paths

  /// Fills the list of a class and takes an object from it, or takes an object of a slightly larger class.
  /// - Parameter isExact: whether the object has to be of this class, since larger ones may be aligned less.
  /// - Returns: its address, 0 when there is no memory.
  @inline(never) public func popSlow(_ sizeClass: SizeClass, isExact: Bool) -> UInt {
    let list = list(sizeClass)
    if list.pointee.head != 0 { Misuse.overwritten(list.pointee.head) }
    noteEvent()
    enter()
    let cache = Cache(self, sizeClass)
    let pages = Int(cache.record.pointee.pages)
    let limit = Int32(
      sizeClass.listLimit(
        pages: pages, threads: HeapRegistry.shared.activeCount,
        inverse: quarry_zone_inverse(cache.zone.record, sizeClass.code), swing: swing(of: sizeClass, having: pages)))
    let posted = Inbox(self, sizeClass).takeAll()
    if posted.head != 0 {
      list.pointee.head = posted.head
      list.pointee.room = limit &- Int32(truncatingIfNeeded: posted.count)
    } else {
      if !isExact, let larger = cache.lender(having: list.pointee.room) {
        list.pointee.room = min(list.pointee.room, 0) &- 1
        leave()
        return pop(larger, otherwise: { popSlow(larger, isExact: true) })
      }
      let chain = cache.takeChain()
      list.pointee.head = chain.head
      list.pointee.room = limit &- Int32(chain.count)
    }
    leave()
    if list.pointee.head == 0 { return 0 }
    return pop(sizeClass, otherwise: { Misuse.overwritten(list.pointee.head) })
  }

  /// How often the least list of a class is doubled, now that the list is empty: once more if objects found no room on it
  /// since it was last refilled, though what the class has left is little more than it may hold. So a program that works in
  /// bursts, as one that serves requests, gets lists that hold one. The reaper undoes it.
  @inline(__always) private func swing(of sizeClass: SizeClass, having pages: Int) -> Int {
    let swing = quarry_heap_swing(record, sizeClass.rawValue)
    if swing.pointee >= UInt8(QUARRY_SWING_HOME) {
      swing.pointee &-= UInt8(QUARRY_SWING_HOME)
      if swing.pointee < Tunables.mostSwing && pages <= Tunables.swingPages &<< Int(swing.pointee) {
        swing.pointee &+= 1
      }
    }
    return Int(swing.pointee)
  }

  @inline(never) private static func pushHomeAfterClaim(
    _ record: UnsafeMutablePointer<quarry_heap>, _ object: UInt64, _ frame: UnsafeMutablePointer<quarry_frame>
  ) {
    let heap = Heap(record)
    heap.enter()
    heap.record.pointee.outward &-= 1
    Cache(heap, SizeClass(Int(frame.pointee.size_class))).takeHome(object, frame)
    heap.leave()
  }

  /// Changes the state of a slab whose `due` became 0 with a push, and ends the work on it.
  @inline(never) private static func settle(
    _ record: UnsafeMutablePointer<quarry_heap>, _ frame: UnsafeMutablePointer<quarry_frame>, _ slab: UInt64
  ) {
    let heap = Heap(record)
    let sizeClass = SizeClass(Int(frame.pointee.size_class))
    quarry_heap_swing(record, sizeClass.rawValue).pointee |= UInt8(QUARRY_SWING_HOME)
    Cache(heap, sizeClass).settle(frame, PageIndex(offset: slab))
    heap.leave()
    heap.noteEvent()
    Balance.keep()
  }

  /// Takes an object of this heap home, after the slow path's checks.
  public func pushChecked(_ object: UInt64, _ entry: Entry) {
    enter()
    record.pointee.outward &-= 1
    Cache(self, entry.sizeClass).takeHome(object, frame(entry))
    leave()
    Balance.keep()
  }

  /// Pages of all its slabs.
  var slabPages: UInt32 {
    var pages: UInt32 = 0
    for number in SizeClass.all { pages &+= Cache(self, SizeClass(number)).record.pointee.pages }
    return pages
  }

  /// Pages of all its slabs, and of those that it keeps for the next ones.
  var pageCount: UInt32 { slabPages &+ quarry_heap_pages(record).pointee.pages }

  @inline(__always) func frame(_ entry: Entry) -> UnsafeMutablePointer<quarry_frame> {
    Zone.shared.frame(entry.slab)
  }

  /// Called with every slow path: takes a crowded inbox home and, at intervals, posts the sheaves, so that half-full
  /// ones do not wait for ever, and lets the reaper look at the next class.
  @inline(__always) public func noteEvent() {
    let events = record.pointee.front.events &+ 1
    record.pointee.front.events = events
    let crowded = atomic(quarry_heap_crowded(record))
    if crowded.pointee.load(ordering: .relaxed) != 0 {
      let asked = crowded.pointee.exchange(0, ordering: .relaxed) & 0xff
      if asked != 0 { drain(SizeClass(Int(asked &- 1))) }
    }
    if events % Tunables.reapInterval == 0 { doWhatIsDueAt(events) }
  }

  /// All intervals are multiples of the reaper's.
  @inline(__always) private func doWhatIsDueAt(_ events: UInt64) {
    if events % Tunables.sheafPostInterval == 0 { postSheaves() }
    reap(SizeClass(Int(events / Tunables.reapInterval % UInt64(SizeClass.count))))
    if events % Tunables.agingInterval == 0 { agePages() }
    if events & 15 == 0 { Balance.remember() }
  }

  /// Called when a request for whole pages took memory that was not resident: pages that the heap keeps for its slabs
  /// were missing there, so it keeps fewer.
  @inline(__always) public func noteNewPages() {
    if isReal && quarry_heap_pages(record).pointee.widening != 0 { narrowPages() }
  }

  @inline(never) private func narrowPages() {
    enter()
    ThreadPages(self).narrow()
    leave()
    Balance.keep()
  }

  @inline(never) private func agePages() {
    enter()
    ThreadPages(self).age()
    leave()
    Balance.keep()
  }

  /// Takes the list of a class home if it did not change since the reaper last looked: the program went on to other
  /// sizes, and what the list holds keeps slabs from becoming empty. (After cache_reap of the kernel's SLAB allocator.)
  @inline(__always) private func reap(_ sizeClass: SizeClass) {
    let list = list(sizeClass)
    if Self.digest(list) == list.pointee.seen {
      quarry_heap_swing(record, sizeClass.rawValue).pointee = 0
      if list.pointee.head != 0 { empty(sizeClass) }
    }
    list.pointee.seen = Self.digest(list)
  }

  /// A word that changes with every use of a list, except for rare coincidences, which cost little.
  @inline(__always) private static func digest(_ list: UnsafeMutablePointer<quarry_list>) -> UInt32 {
    UInt32(truncatingIfNeeded: list.pointee.head &>> 3) ^ UInt32(bitPattern: list.pointee.room) &<< 16
  }
}
