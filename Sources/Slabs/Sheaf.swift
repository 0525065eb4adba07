// Sheaf: frees of other threads' objects, bundled. A thread gathers objects by destination heap and class, linked like a
// list, and posts a full bundle to the destination's inbox by one compare-and-swap. The destination takes everything that
// was posted for a class by one exchange, and uses it as its list without touching an object.
//
// A large object need not travel: it stays on the list of the thread that freed it, for its own next requests, while that has
// room. An object belongs to its slab, whatever list it is on; one that leaves the list for its slab is posted then.
//
// (The kernel's sheaf is an array of pointers; snmalloc sends linked objects, Lietar et al., "snmalloc: a message passing
// allocator", 2019.)
import CShim
import Pages
import Platform
import Synchronization
import Units

extension Heap {
  /// Frees an object for which the thread's list has no room, or that does not belong there: to its slab if it is this
  /// heap's own, or to a sheaf that has room for it. Goes the slow way where there is no such sheaf, or something is
  /// wrong with the object.
  @inline(__always) public func sendAway(_ address: UInt, otherwise slow: () -> Void) {
    let zone = Zone.shared
    let object = zone.offset(address)
    let extent = UInt64(zone.extent)
    if object >= extent { return slow() }
    let entry = Entry(zone.entry(holding: object).pointee)
    if !entry.isOwned || !isReal || !entry.mayBegin(at: object) { return slow() }
    let word = zone.word(object)
    let mix = object ^ zone.record.pointee.key
    if word.pointee ^ mix < extent { return slow() }
    if entry.mayStray && entry.owner == number { return pushHome(object, word, mix, slab: entry.slabOffset) }
    let key = Self.sheafKey(entry)
    let sheaf = sheaf(for: key)
    quarry_heap_mark(record)
    // What the heap itself owns never has a sheaf.
    if isClaimed || sheaf.pointee.key != key || sheaf.pointee.count &+ 1 >= sheaf.pointee.limit {
      leave()
      return slow()
    }
    word.pointee = sheaf.pointee.head ^ mix
    sheaf.pointee.head = object
    sheaf.pointee.count &+= 1
    leave()
  }

  @inline(__always) private static func sheafKey(_ entry: Entry) -> UInt32 {
    entry.owner &<< 8 | UInt32(entry.sizeClass.rawValue)
  }

  @inline(__always) private func sheaf(for key: UInt32) -> UnsafeMutablePointer<quarry_sheaf> {
    quarry_heap_sheaf(record, Int((key &* 0x9e37_79b1) &>> 27))
  }

  /// Frees an object of another heap.
  /// - Precondition: `object` is the start of an object of the slab that `entry` tells of.
  public func sendAway(_ object: UInt64, _ entry: Entry) {
    let zone = Zone.shared
    if !isReal {
      post(object, tail: object, count: 1, to: entry.owner, entry.sizeClass)
      return
    }
    let key = Self.sheafKey(entry)
    let sheaf = sheaf(for: key)
    var displaced = quarry_sheaf()
    var full = quarry_sheaf()
    enter()
    if sheaf.pointee.key != key {
      displaced = sheaf.pointee
      let limit = UInt32(entry.sizeClass.sheafLimit)
      sheaf.pointee = quarry_sheaf(key: key, count: 0, limit: limit, padding: 0, head: 0, tail: object)
    }
    zone.word(object).pointee = Link.encode(next: sheaf.pointee.head, at: object, zone)
    sheaf.pointee.head = object
    sheaf.pointee.count &+= 1
    if sheaf.pointee.count >= sheaf.pointee.limit {
      full = sheaf.pointee
      sheaf.pointee = quarry_sheaf()
    }
    leave()
    post(displaced)
    post(full)
  }

  /// Asks the owner to empty a crowded inbox, which a thread at work does soon. If it was asked
  /// `Tunables.inboxMilliseconds` ago and did not, because it waits for something, the sender takes everything home
  /// itself.
  @inline(never) private func crowd(_ sizeClass: SizeClass, waiting: Int, added: Int) {
    let now = UInt32(truncatingIfNeeded: System.milliseconds) &<< 8
    let asked = atomic(quarry_heap_crowded(record)).pointee.load(ordering: .relaxed)
    let since = asked == 0 ? now : asked & ~0xff
    let isOverdue = (now &- since) &>> 8 >= Tunables.inboxMilliseconds
    let share = Tunables.inboxBytes / sizeClass.objectSize
    let isNextShare = waiting / share != (waiting &- added) / share
    if isOverdue && isNextShare && drain(releasingPages: false) {
      atomic(quarry_heap_crowded(record)).pointee.store(0, ordering: .relaxed)
    } else {
      ask(for: sizeClass, since: since)
    }
  }

  /// Whether the sender has to take home all that waits, once it has posted a chain: at each `Tunables.claimBytes` that
  /// wait; and at each `Tunables.scatteredBytes` if the owner passed no slow path since the last ones, and each object
  /// of the chain keeps a page that holds little else.
  private func isClaimDue(posting head: UInt64, count: Int, bytes: Int) -> Bool {
    let posted = Int(truncatingIfNeeded: atomic(quarry_heap_posted(record)).pointee.load(ordering: .relaxed))
    if posted / Tunables.claimBytes != (posted &+ bytes) / Tunables.claimBytes { return true }
    if posted / Tunables.scatteredBytes == (posted &+ bytes) / Tunables.scatteredBytes { return false }
    let events = UInt32(truncatingIfNeeded: record.pointee.front.events)
    let isQuiet = atomic(quarry_heap_seen_events(record)).pointee.exchange(events, ordering: .relaxed) == events
    return isQuiet && Self.isScattered(head, count: count, bytes: bytes)
  }

  /// Whether a walk along a chain goes to another page more than twice as often as its objects would fill pages.
  private static func isScattered(_ head: UInt64, count: Int, bytes: Int) -> Bool {
    let zone = Zone.shared
    var object = head
    var changes = 0
    for _ in 1..<count {
      let next = Link.next(after: object, zone)
      if next &>> UInt64(Page.shift) != object &>> UInt64(Page.shift) { changes &+= 1 }
      object = next
    }
    return changes > 2 &* Page.count(bytes: bytes)
  }

  /// Asks the owner to take a class home. If it is asked already, the time since then goes on.
  func ask(for sizeClass: SizeClass) {
    let asked = atomic(quarry_heap_crowded(record)).pointee.load(ordering: .relaxed)
    ask(for: sizeClass, since: asked == 0 ? UInt32(truncatingIfNeeded: System.milliseconds) &<< 8 : asked & ~0xff)
  }

  private func ask(for sizeClass: SizeClass, since time: UInt32) {
    atomic(quarry_heap_crowded(record)).pointee.store(time | UInt32(sizeClass.rawValue &+ 1), ordering: .relaxed)
  }

  /// Posts what the owner has gathered.
  func postSheaves() {
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) where quarry_heap_sheaf(record, slot).pointee.key != 0 {
      enter()
      let taken = takeSheaf(slot)
      leave()
      post(taken)
    }
  }

  /// Posts what another thread has gathered, unless that thread is at work in its heap.
  func postSheavesOfOther() {
    if !hasSheaves { return }
    // Posted afterwards, since posting may claim another heap, and nobody may claim two.
    var taken = InlineArray<32, quarry_sheaf>(repeating: quarry_sheaf())
    _ = possess { for slot in 0..<Int(QUARRY_SHEAF_COUNT) { taken[slot] = takeSheaf(slot) } }
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) { post(taken[slot]) }
  }

  /// Read without possession: a hint.
  private var hasSheaves: Bool {
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) where quarry_heap_sheaf(record, slot).pointee.key != 0 { return true }
    return false
  }

  /// With the heap possessed.
  @inline(__always) private func takeSheaf(_ slot: Int) -> quarry_sheaf {
    let sheaf = quarry_heap_sheaf(record, slot)
    let taken = sheaf.pointee
    sheaf.pointee = quarry_sheaf()
    return taken
  }

  private func post(_ sheaf: quarry_sheaf) {
    if sheaf.key == 0 { return }
    post(
      sheaf.head, tail: sheaf.tail, count: UInt64(sheaf.count), to: sheaf.key &>> 8, SizeClass(Int(sheaf.key & 0xff)))
  }

  /// Posts a chain to a heap's inbox.
  /// - Precondition: the calling thread is not busy in its own heap.
  func post(_ head: UInt64, tail: UInt64, count: UInt64, to owner: UInt32, _ sizeClass: SizeClass) {
    let heap = HeapRegistry.heap(owner)
    let isClaimDue = heap.isClaimDue(posting: head, count: Int(count), bytes: Int(count) &* sizeClass.objectSize)
    let waiting = Inbox(heap, sizeClass).post(head, tail: tail, count: count)
    if heap.isIdle {
      heap.drain(sizeClass)
      return
    }
    if isClaimDue && heap.drain(releasingPages: false) { return }
    if Int(waiting) &* sizeClass.objectSize > Tunables.inboxBytes {
      heap.crowd(sizeClass, waiting: Int(waiting), added: Int(count))
    }
  }
}
