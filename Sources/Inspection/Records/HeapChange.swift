// HeapChange: how far the figures of a heap may be off that was at work while it was read, from a second reading.
//
// Slabs and lists are read one after another. Live objects are what slabs have handed out less what lists hold, so they
// are off by no more than what the slabs and lists that changed can hold; and by what each thread has in its hands
// between two steps of an operation, which is in no record at all.

import CInspection

struct HeapChange {
  /// What one step of a thread moves at most: an inbox that nobody looked at, with a sheaf on top. Bytes.
  static let mostInHand = Int(QUARRY_CLAIM_BYTES + QUARRY_SHEAF_BYTES)
  /// Objects that a list holds at most, beyond the chain of a slab.
  private static let longestList = Int(QUARRY_LIST_OBJECTS)

  /// Objects of each class that may be elsewhere than counted; all 0 when nothing changed.
  private(set) var objects: [Int]
  /// Bytes that threads may have in their hands.
  private(set) var bytesInHand = 0
  /// Pages that may be another's than counted.
  private(set) var pages = 0

  /// - Parameter isRunning: whether a thread may be between two steps.
  init(from before: HeapImage, to after: HeapImage, _ snapshot: Snapshot, isRunning: Bool) {
    objects = [Int](repeating: 0, count: snapshot.caches.count)
    for slab in snapshot.slabs where slab.page < after.pages {
      if before.frames[slab.page] != after.frames[slab.page] { objects[slab.sizeClass] += slab.capacity }
    }
    let count = min(before.heapCount, after.heapCount)
    let heaps = count > 0 ? (1...count).map { (before.heap($0), after.heap($0)) } : []
    for (old, new) in heaps {
      countLists(old, new, snapshot.caches)
      countSheaves(old, new)
    }
    let hasChanged = heaps.contains { !Self.isSame($0, $1) } || objects.contains { $0 > 0 }
    if isRunning || hasChanged || before.heapCount != after.heapCount { bytesInHand = heaps.count * Self.mostInHand }

    pages = before.drift + abs(before.pages - after.pages)
    for page in 0..<min(before.pages, after.pages) where before.pageMap[page] != after.pageMap[page] { pages += 1 }
  }

  private typealias Heap = UnsafeMutablePointer<quarry_heap>

  private static func isSame(_ old: Heap, _ new: Heap) -> Bool {
    let bytes = MemoryLayout<quarry_heap>.size
    return UnsafeRawBufferPointer(start: old, count: bytes)
      .elementsEqual(UnsafeRawBufferPointer(start: new, count: bytes))
  }

  private mutating func countLists(_ old: Heap, _ new: Heap, _ caches: [Cache]) {
    for index in 0..<Int(QUARRY_CLASS_COUNT) {
      let (list, newList) = (quarry_heap_list(old, index).pointee, quarry_heap_list(new, index).pointee)
      let (inbox, newInbox) = (quarry_heap_inbox(old, index).pointee, quarry_heap_inbox(new, index).pointee)
      if list.head != newList.head || list.room != newList.room {
        objects[index] += Self.longestList + caches[index].objectsPerSlab
      }
      if inbox != newInbox { objects[index] += Int(max(inbox, newInbox) >> UInt64(QUARRY_OFFSET_BITS)) }
    }
  }

  private mutating func countSheaves(_ old: Heap, _ new: Heap) {
    for slot in 0..<Int(QUARRY_SHEAF_COUNT) {
      let (sheaf, newSheaf) = (quarry_heap_sheaf(old, slot).pointee, quarry_heap_sheaf(new, slot).pointee)
      if sheaf.key == newSheaf.key && sheaf.count == newSheaf.count { continue }
      for sheaf in [sheaf, newSheaf] where sheaf.key != 0 && sheaf.key & 0xff < QUARRY_CLASS_COUNT {
        objects[Int(sheaf.key & 0xff)] += Int(min(sheaf.count, 1 << 16))
      }
    }
  }
}

/// Compares what tells of a slab's objects.
private func != (one: quarry_frame, other: quarry_frame) -> Bool {
  one.chain != other.chain || one.due != other.due || one.carved != other.carved || one.state != other.state
    || one.kind != other.kind || one.size_class != other.size_class
}
