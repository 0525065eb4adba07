// Heap: what a thread allocates from. Its lists belong to the thread alone and need no lock; all slab state lies under the
// heap's lock, taken once a refill or flush, so that others may drain a heap whose thread is idle or gone.
import CShim
import Pages
import Platform
import Units

public struct Heap {
  public let record: UnsafeMutablePointer<quarry_heap>

  @inline(__always) public init(_ record: UnsafeMutablePointer<quarry_heap>) { self.record = record }

  /// The calling thread's heap; the empty one, whose lists are empty, when it has none.
  @inline(__always) public static var current: Heap { Heap(quarry_heap_of_thread()) }

  @inline(__always) public var number: UInt32 { record.pointee.front.number }

  /// Whether this is a thread's own heap, rather than the empty or the ended one.
  @inline(__always) public var isReal: Bool { number <= 0xffff }

  @inline(__always) func list(_ sizeClass: SizeClass) -> UnsafeMutablePointer<quarry_list> {
    quarry_heap_list(record, sizeClass.rawValue)
  }
  @inline(__always) func older(_ sizeClass: SizeClass) -> UnsafeMutablePointer<UInt64> {
    quarry_heap_older(record, sizeClass.rawValue)
  }
  @inline(__always) var lock: Lock { Lock(quarry_heap_lock(record)) }

  // MARK: The fast paths

  /// Takes a free object from the thread's list, or goes the slow way when the list is empty, or its first link was
  /// overwritten, which `popSlow` tells.
  /// - Returns: its address. (A number, because the compiler makes the slow way a jump then, which an optional pointer
  ///   prevents.)
  @inline(__always) public func pop(_ sizeClass: SizeClass, otherwise slow: () -> UInt) -> UInt {
    let list = list(sizeClass)
    let object = list.pointee.head
    if object == 0 { return slow() }
    let zone = Zone.shared
    let word = zone.word(object)
    let next = word.pointee ^ object ^ zone.record.pointee.key
    if next >= UInt64(zone.extent) { return slow() }
    list.pointee.head = next
    list.pointee.room &+= 1
    word.pointee = 0
    return UInt(bitPattern: word)
  }

  /// What became of a pointer that was offered to the thread's lists.
  public enum Push { case done, overflow, refused }

  /// Puts an object on the thread's list if its page belongs to this heap, it is the start of an object, and it does not
  /// look free already. One comparison covers frees from other threads, page runs, free pages, and a thread without a
  /// heap.
  @inline(__always) public func push(_ address: UInt) -> Push {
    let zone = Zone.shared
    let object = zone.offset(address)
    let extent = UInt64(zone.extent)
    if object >= extent { return .refused }
    let entry = Entry(zone.entry(PageIndex(offset: object)).pointee)
    if entry.owner != number { return .refused }
    let inverse = quarry_zone_class_inverse(zone.record)[entry.sizeClass.rawValue]
    if entry.position(object) &* inverse >= inverse { return .refused }
    let word = zone.word(object)
    let mix = object ^ zone.record.pointee.key
    if word.pointee ^ mix < extent { return .refused }
    let list = list(entry.sizeClass)
    word.pointee = list.pointee.head ^ mix
    list.pointee.head = object
    list.pointee.room &-= 1
    return list.pointee.room < 0 ? .overflow : .done
  }

  /// Puts an object of this heap on the thread's list, after the slow path's checks.
  public func pushChecked(_ object: UInt64, _ entry: Entry) {
    let list = list(entry.sizeClass)
    Zone.shared.word(object).pointee = Link.encode(next: list.pointee.head, at: object, Zone.shared)
    list.pointee.head = object
    list.pointee.room &-= 1
    if list.pointee.room < 0 { overflow(entry.sizeClass) }
  }

  // MARK: Refill and flush

  /// Fills the list of a class, and takes an object from it.
  /// - Returns: its address, 0 when there is no memory.
  @inline(never) public func popSlow(_ sizeClass: SizeClass) -> UInt {
    let list = list(sizeClass)
    if list.pointee.head != 0 { Misuse.overwritten(list.pointee.head) }
    noteEvent()
    if !refill(sizeClass, list) { return 0 }
    return pop(sizeClass, otherwise: { Misuse.overwritten(list.pointee.head) })
  }

  private func refill(_ sizeClass: SizeClass, _ list: UnsafeMutablePointer<quarry_list>) -> Bool {
    list.pointee.limit = limit(sizeClass)
    let older = older(sizeClass)
    if older.pointee != 0 {
      list.pointee.head = older.pointee
      list.pointee.room = 0
      older.pointee = 0
      return true
    }
    let posted = Inbox(self, sizeClass).takeAll()
    if posted.count != 0 {
      list.pointee.head = posted.head
      list.pointee.room = list.pointee.limit &- Int32(truncatingIfNeeded: posted.count)
      return true
    }
    let acquired = lock.acquire()
    let cache = Cache(record, sizeClass)
    if cache.record.pointee.first == 0 { HeapRegistry.shared.adoptSlab(into: cache) }
    let chain = cache.takeChain()
    lock.release(acquired)
    guard let chain else { return false }
    list.pointee.head = chain.head
    // A longer chain than the limit stays whole until the next push; the slab's length bounds it.
    list.pointee.room = list.pointee.limit &- Int32(chain.count)
    return true
  }

  /// Makes room after a push filled the list: its objects become the older half, and the older half goes home.
  @inline(never) public func overflow(_ sizeClass: SizeClass) {
    let list = list(sizeClass)
    let limit = limit(sizeClass)
    if list.pointee.limit == 0 && limit > 0 {
      // The first object of a class that this thread never asked for.
      list.pointee.limit = limit
      list.pointee.room = limit &- 1
      return
    }
    noteEvent()
    let older = older(sizeClass)
    let full = older.pointee
    let head = list.pointee.head
    list.pointee.limit = limit
    list.pointee.room = limit
    list.pointee.head = 0
    older.pointee = limit > 0 ? head : 0
    if full != 0 { sendHome(full) }
    if limit == 0 { sendHome(head) }
  }

  /// What a half of a list may hold now. The counts are read without the lock: they are the owner's own but for drains.
  private func limit(_ sizeClass: SizeClass) -> Int32 {
    let cache = quarry_heap_cache(record, sizeClass.rawValue)
    return Int32(
      sizeClass.listLimit(
        outstanding: Int(cache.pointee.carved &- cache.pointee.chained), threads: HeapRegistry.shared.activeCount))
  }

  /// Takes each object of a chain to its slab; those of other heaps are passed on.
  func sendHome(_ chain: UInt64) {
    let zone = Zone.shared
    var foreign: UInt64 = 0
    var object = chain
    let acquired = lock.acquire()
    while object != 0 {
      let next = Link.next(after: object, zone)
      let page = PageIndex(offset: object)
      let entry = Entry(zone.entry(page).pointee)
      if entry.owner == number {
        Cache(record, entry.sizeClass).takeHome(object, slab: page - entry.pageInSlab)
      } else {
        zone.word(object).pointee = Link.encode(next: foreign, at: object, zone)
        foreign = object
      }
      object = next
    }
    lock.release(acquired)
    while foreign != 0 {
      let next = Link.next(after: foreign, zone)
      Heap.current.passOn(foreign)
      foreign = next
    }
  }

  /// With every refill and flush: sheaves are posted once in a while, so that half-full ones do not wait for ever, and
  /// the reaper looks at the next class.
  @inline(__always) private func noteEvent() {
    let events = record.pointee.events &+ 1
    record.pointee.events = events
    if events % Tunables.sheafPostInterval == 0 { postSheaves() }
    reap(SizeClass(Int(events % UInt64(SizeClass.count))))
  }

  /// Sends the objects of a class home whose list did not change since the reaper last came by: the program went on to
  /// other sizes, and what the list holds pins slabs. (After cache_reap of the kernel's SLAB allocator.)
  private func reap(_ sizeClass: SizeClass) {
    let list = list(sizeClass)
    let seen = quarry_heap_seen(record, sizeClass.rawValue)
    let state = Self.digest(list)
    if state == seen.pointee {
      empty(sizeClass)
      let cache = quarry_heap_cache(record, sizeClass.rawValue)
      if cache.pointee.spare != 0 {
        let acquired = lock.acquire()
        Cache(record, sizeClass).releaseSpare()
        lock.release(acquired)
      }
      seen.pointee = Self.digest(list)
    } else {
      seen.pointee = state
    }
  }

  /// A word that changes with every use of a list, but for rare accidents, which cost little.
  private static func digest(_ list: UnsafeMutablePointer<quarry_list>) -> UInt32 {
    UInt32(truncatingIfNeeded: list.pointee.head &>> 3) ^ UInt32(bitPattern: list.pointee.room) &<< 16
  }

  // MARK: The end of a thread

  /// Takes the lists home and posts the sheaves: before a trim, and when the thread ends.
  public func empty() {
    for number in SizeClass.all { empty(SizeClass(number)) }
    postSheaves()
  }

  private func empty(_ sizeClass: SizeClass) {
    let list = list(sizeClass)
    if list.pointee.head | older(sizeClass).pointee == 0 { return }
    let head = list.pointee.head
    let old = older(sizeClass).pointee
    list.pointee.head = 0
    older(sizeClass).pointee = 0
    list.pointee.room = list.pointee.limit
    if head != 0 { sendHome(head) }
    if old != 0 { sendHome(old) }
  }

  /// Forgets the lists and sheaves of a thread that is gone without having emptied them, as in the child of a fork, where
  /// it may have been between two steps of an operation. The objects are lost; their number is bounded.
  func abandonLists() {
    for number in SizeClass.all {
      let sizeClass = SizeClass(number)
      list(sizeClass).pointee.head = 0
      list(sizeClass).pointee.room = list(sizeClass).pointee.limit
      older(sizeClass).pointee = 0
    }
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) { quarry_heap_sheaf(record, slot).pointee.key = 0 }
  }

  /// Takes home what others posted, and gives spare slabs back.
  /// - Returns: false when the lock is taken and `wait` is false.
  @discardableResult public func drain(wait: Bool, releasingSpares: Bool) -> Bool {
    for number in SizeClass.all {
      let posted = Inbox(self, SizeClass(number)).takeAll()
      if posted.count != 0 { sendHome(posted.head) }
    }
    if !releasingSpares { return true }
    let acquired: Bool
    if wait { acquired = lock.acquire() } else if lock.tryAcquire() { acquired = true } else { return false }
    for number in SizeClass.all { Cache(record, SizeClass(number)).releaseSpare() }
    lock.release(acquired)
    return true
  }
}
