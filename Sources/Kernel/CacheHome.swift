// CacheHome: the slabs of a named cache. Every method wants the cache's lock held, unless it says otherwise.
//
// Invariant: a slab is on the full list when none of its objects is at home, on the empty one when all are, else on the
// partial one.
import CShim
import Pages
import Platform
import Synchronization

struct CacheHome {
  let record: UnsafeMutablePointer<kmem_cache>

  @inline(__always) init(_ record: UnsafeMutablePointer<kmem_cache>) { self.record = record }

  var lock: Lock { Lock(quarry_cache_lock(record)) }

  /// Takes up to `count` objects: of the slab that was used last first, of empty slabs last.
  /// - Returns: how many.
  func take(_ count: Int, into objects: UnsafeMutablePointer<UInt>) -> Int {
    var taken = 0
    while taken < count {
      guard let first = record.pointee.partial.first ?? record.pointee.empty.first else { break }
      let slab = ObjectSlab(first)
      unlist(slab)
      taken &+= slab.take(count &- taken, into: objects + taken)
      enlist(slab)
    }
    return taken
  }

  /// Takes objects home.
  func takeHome(_ objects: UnsafeMutablePointer<UInt>, _ count: Int, _ function: StaticString) {
    for number in 0..<count {
      guard let place = CacheObject(objects[number], of: record) else {
        CacheMisuse.wrong(function, objects[number], record)
      }
      takeHome(place, function)
    }
  }

  @inline(__always) func takeHome(_ object: CacheObject, _ function: StaticString) {
    let slab = object.slab
    if slab.isHome(object.index) { CacheMisuse.doubleFree(function, slab, object.index) }
    let home = slab.record.pointee.home
    if _slowPath(home == 0 || home &+ 1 == record.pointee.capacity) {
      relist(slab) { slab.takeHome(object.index) }
    } else {
      slab.takeHome(object.index)
    }
  }

  /// Takes home what was posted.
  func drainPosted() {
    // Pairs with the compare-and-exchange in ObjectSlab.post.
    var next = atomic(quarry_cache_posted(record)).pointee.exchange(0, ordering: .acquiring)
    while let posted = UnsafeMutablePointer<quarry_object_slab>(bitPattern: next) {
      let slab = ObjectSlab(posted)
      next = posted.pointee.next_posted
      atomic(quarry_object_slab_is_posted(posted)).pointee.store(0, ordering: .sequentiallyConsistent)
      unlist(slab)
      slab.takePostedHome()
      enlist(slab)
    }
  }

  func add(_ slab: ObjectSlab) { enlist(slab) }

  /// Takes empty slabs off the books but for `keeping` of them, and for those that somebody has in hand; the caller releases
  /// the chain once it has no lock.
  func detachEmpty(keeping: Int) -> UnsafeMutablePointer<quarry_object_slab>? {
    var chain: UnsafeMutablePointer<quarry_object_slab>?
    var next = record.pointee.empty.first
    while record.pointee.empty.count > UInt64(keeping), let empty = next {
      let slab = ObjectSlab(empty)
      next = empty.pointee.next
      if slab.isInReach { continue }
      unlist(slab)
      empty.pointee.next = chain
      chain = empty
    }
    return chain
  }

  /// Gives slabs back. No lock is held.
  /// - Returns: pages that went back.
  @discardableResult
  static func release(_ chain: UnsafeMutablePointer<quarry_object_slab>?) -> Int {
    var pages = 0
    var next = chain
    while let slab = next {
      next = slab.pointee.next
      pages &+= Int(slab.pointee.cache.pointee.slab_pages)
      ObjectSlab(slab).release()
    }
    return pages
  }

  var slabCount: Int {
    Int(record.pointee.partial.count &+ record.pointee.full.count &+ record.pointee.empty.count)
  }

  // MARK: Lists

  private func list(_ slab: ObjectSlab) -> UnsafeMutablePointer<quarry_slab_list> {
    if slab.record.pointee.home == 0 { return quarry_cache_full(record) }
    if slab.record.pointee.home == record.pointee.capacity { return quarry_cache_empty(record) }
    return quarry_cache_partial(record)
  }

  @inline(never) private func relist(_ slab: ObjectSlab, changing change: () -> Void) {
    unlist(slab)
    change()
    enlist(slab)
  }

  private func enlist(_ slab: ObjectSlab) {
    let list = list(slab)
    let first = list.pointee.first
    slab.record.pointee.next = first
    slab.record.pointee.previous = nil
    first?.pointee.previous = slab.record
    list.pointee.first = slab.record
    list.pointee.count &+= 1
  }

  /// Takes a slab off the list on which its count of objects has it: before that changes.
  private func unlist(_ slab: ObjectSlab) {
    let list = list(slab)
    let next = slab.record.pointee.next
    let previous = slab.record.pointee.previous
    if let previous { previous.pointee.next = next } else { list.pointee.first = next }
    next?.pointee.previous = previous
    list.pointee.count &-= 1
  }
}
