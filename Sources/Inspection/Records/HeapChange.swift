// HeapChange: what may be wrong in the figures of heaps that were at work while they were read.
//
// The counts of a cache are read at one moment and its lists a moment later. Live objects are the difference, so they are
// off by no more than lists, inbox and sheaves can hold, where those changed; and by what each thread has in its hands
// between two steps of an operation, which is in no record at all.

import CInspection

struct HeapChange {
  /// Bytes that one step of a thread moves at most: an inbox that overflows, with a sheaf on top (the tunables inboxBytes
  /// and sheafBytes).
  private static let mostInHand = 72 << 10

  private let before: [UnsafeMutablePointer<quarry_heap>]
  private let after: [UnsafeMutablePointer<quarry_heap>]
  private let image: HeapImage
  private let copy: RemoteCopy?
  /// Heaps whose threads may be between two steps.
  private let atWork: Int

  init(_ image: HeapImage, after copy: RemoteCopy?, isRunning: Bool) {
    self.image = image
    self.copy = copy
    let numbers = image.heapCount > 0 ? Array(1...image.heapCount) : []
    before = numbers.map(image.heap)
    after = numbers.map { number in
      guard let copy else { return image.heap(number) }
      return (copy.bytes.baseAddress! + number * Int(QUARRY_HEAP_STRIDE)).assumingMemoryBound(to: quarry_heap.self)
    }
    let hasChanged = zip(before, after).contains { old, new in
      !UnsafeRawBufferPointer(start: old, count: MemoryLayout<quarry_heap>.size).elementsEqual(
        UnsafeRawBufferPointer(start: new, count: MemoryLayout<quarry_heap>.size))
    }
    atWork = isRunning || hasChanged ? before.count : 0
  }

  /// Bytes that threads may have in their hands.
  var bytesInHand: Int { atWork * Self.mostInHand }

  func objectsInHand(_ objectSize: Int) -> Int { objectSize == 0 ? 0 : bytesInHand / objectSize }

  /// Objects of a class that may be in other lists than where they were counted; 0 when nothing changed.
  func objectsMoved(_ sizeClass: Int, objectsPerSlab: Int) -> Int {
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
