// HeapChange: what may be wrong in the figures of heaps that were at work while they were read. The counts of a cache are
// read at one moment and its lists a moment later; live objects are the difference, so they are off by no more than the
// lists, the inbox and one chain on its way can hold.

import CInspection

struct HeapChange {
  private let before: [UnsafeMutablePointer<quarry_heap>]
  private let after: [UnsafeMutablePointer<quarry_heap>]
  private let image: HeapImage
  private let copy: RemoteCopy?

  init(_ image: HeapImage, after copy: RemoteCopy?) {
    self.image = image
    self.copy = copy
    let numbers = image.heapCount > 0 ? Array(1...image.heapCount) : []
    before = numbers.map(image.heap)
    after = numbers.map { number in
      copy?.pointer(to: UInt8.self).advanced(by: number * Int(QUARRY_HEAP_STRIDE))
        .withMemoryRebound(to: quarry_heap.self, capacity: 1) { $0 } ?? image.heap(number)
    }
  }

  /// Objects of a class that may be elsewhere than counted; 0 when nothing changed.
  func mostAway(_ sizeClass: Int, objectSize: Int, objectsPerSlab: Int) -> Int {
    var most = 0
    for (old, new) in zip(before, after) {
      let list = quarry_heap_list(old, sizeClass).pointee
      let newList = quarry_heap_list(new, sizeClass).pointee
      let cache = quarry_heap_cache(old, sizeClass).pointee
      let newCache = quarry_heap_cache(new, sizeClass).pointee
      let inbox = quarry_heap_inbox(old, sizeClass).pointee
      let newInbox = quarry_heap_inbox(new, sizeClass).pointee
      let isSame =
        list.head == newList.head && list.room == newList.room && inbox == newInbox
        && quarry_heap_older(old, sizeClass).pointee == quarry_heap_older(new, sizeClass).pointee
        && cache.carved == newCache.carved && cache.chained == newCache.chained && cache.pages == newCache.pages
        && old.pointee.lock.word == 0
      if isSame { continue }
      let posted = Int(max(inbox, newInbox) >> UInt64(QUARRY_OFFSET_BITS))
      most += 2 * Int(max(list.limit, newList.limit, 0)) + objectsPerSlab + posted
    }
    return most + sheaves(sizeClass)
  }

  private func sheaves(_ sizeClass: Int) -> Int {
    var most = 0
    for (old, new) in zip(before, after) {
      for slot in 0..<Int(QUARRY_SHEAF_COUNT) {
        let one = quarry_heap_sheaf(old, slot).pointee
        let other = quarry_heap_sheaf(new, slot).pointee
        if one.key == other.key && one.count == other.count { continue }
        for sheaf in [one, other] where sheaf.key != 0 && Int(sheaf.key & 0xff) == sizeClass {
          most += Int(min(sheaf.count, 1 << 16))
        }
      }
    }
    return most
  }
}
