// What a heap holds, looked at from outside: whether an object that looks free is free, and how many there are. Other
// threads may change what is looked at: walks are bounded, and end where a link leads astray.
import CShim
import Pages
import Platform
import Units

extension Heap {
  /// Whether an object that looks free really is: whether a list, a sheaf, an inbox or a slab has it. Exact for the
  /// caller's own lists and slabs, and for inboxes. Those of other threads may change meanwhile, but a live object
  /// never appears in them.
  @inline(never) public func isFree(_ object: UInt64, _ entry: Entry) -> Bool {
    for number in 1..<(HeapRegistry.shared.count &+ 1) {
      let heap = HeapRegistry.heap(number)
      if heap.sheavesHold(object) || heap.chain(from: heap.list(entry.sizeClass).pointee.head, holds: object) {
        return true
      }
    }
    let owner = HeapRegistry.heap(entry.owner)
    return chain(from: Inbox(owner, entry.sizeClass).head, holds: object)
      || Cache(owner, entry.sizeClass).isHome(object, frame(entry))
  }

  private func sheavesHold(_ object: UInt64) -> Bool {
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) {
      let sheaf = quarry_heap_sheaf(record, slot)
      if sheaf.pointee.key != 0, chain(from: sheaf.pointee.head, holds: object) { return true }
    }
    return false
  }

  /// What the page map says of the object that begins at an address, whoever owns it; nil unless it is certain to be in use.
  @inline(__always) public static func entry(ofObjectAt address: UInt) -> Entry? {
    let zone = Zone.shared
    let object = zone.offset(address)
    if object >= UInt64(zone.extent) { return nil }
    let entry = Entry(zone.entry(holding: object).pointee)
    return entry.isOwned && entry.mayBegin(at: object) && !looksFree(object) ? entry : nil
  }

  /// The size in bytes of such an object.
  @inline(__always) public static func objectSize(at address: UInt) -> Int? {
    entry(ofObjectAt: address)?.sizeClass.objectSize
  }

  /// Whether the first word of an object decodes like that of a free one.
  @inline(__always) public static func looksFree(_ object: UInt64) -> Bool {
    Link.decode(at: object, Zone.shared) < UInt64(Zone.shared.extent)
  }

  private func chain(from head: UInt64, holds object: UInt64) -> Bool {
    var found = false
    _ = walk(head) { found = found || $0 == object }
    return found
  }

  /// Objects in a chain at most: as many as may wait for a heap, and as many again while nobody can claim it.
  private static var longestChain: Int { 2 &* Tunables.claimBytes / SizeClass(0).objectSize }

  /// Visits the objects of a chain that another thread may change meanwhile: stops where a link leads out of the zone,
  /// and after as many as any list may hold.
  private func walk(_ head: UInt64, _ visit: (UInt64) -> Void) -> Int {
    let zone = Zone.shared
    var count = 0
    var object = head
    while object != 0 && object < UInt64(zone.extent) && count < Self.longestChain {
      visit(object)
      count &+= 1
      object = Link.decode(at: object, zone)
    }
    return count
  }

  // MARK: Figures

  /// Free objects of a class that are not at home: in the lists, the sheaves and the inbox. Of another thread's heap,
  /// which may be at work meanwhile, an estimate within the bounds of its lists.
  public func awayCount(_ sizeClass: SizeClass) -> Int {
    var count = walk(list(sizeClass).pointee.head) { _ in }
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) {
      let sheaf = quarry_heap_sheaf(record, slot).pointee
      if sheaf.key != 0 && Int(sheaf.key & 0xff) == sizeClass.rawValue { count &+= Int(sheaf.count) }
    }
    return count &+ Inbox(self, sizeClass).count
  }
}
