// ThreadPages: free blocks of a few pages that a heap keeps for its next slabs, so that slabs which come and go in bursts
// pass neither the zone's lock nor its books. Every method wants possession of the heap. (After the kernel's per-CPU page
// lists, `struct per_cpu_pages`.)
//
// Invariants: the block lists hold blocks of exactly their length, whose frames are of kind QUARRY_FRAME_KEPT; `pages` is
// the sum of their lengths, at most `Tunables.mostKeptPages`; `unneeded` is at most `pages`.
import CShim
import Pages
import Units

struct ThreadPages {
  let record: UnsafeMutablePointer<quarry_thread_pages>
  let zone: Zone

  @inline(__always) init(_ heap: Heap) {
    record = quarry_heap_pages(heap.record)
    zone = Zone.shared
  }

  /// A block, of which the first `touched` pages were written to since the zone gave it out.
  struct Block {
    let first: PageIndex
    let touched: Int
  }

  /// A block of exactly `count` pages, from the lists or the zone; nil when there is no memory.
  @inline(__always) func allocate(_ count: Int) -> Block? {
    if count <= Tunables.keptPages {
      let list = quarry_thread_pages_list(record, count)
      if list.pointee != 0 { return take(list, count) }
    }
    guard let block = zone.allocate(count) else { return nil }
    if block.isZero { zone.populate(block.first, count) }
    return Block(first: block.first, touched: 0)
  }

  /// Gives a block back, the first `touched` pages of which were written to.
  func free(_ first: PageIndex, _ count: Int, touched: Int) {
    let kept = Int(record.pointee.pages) &+ count
    let limit = Tunables.mostKeptPages &>> Tunables.crowding(threads: HeapRegistry.shared.activeCount)
    if count > Tunables.keptPages || kept > limit {
      zone.free(first, count, touched: touched)
      return
    }
    let list = quarry_thread_pages_list(record, count)
    let frame = zone.frame(first)
    frame.pointee.kind = UInt8(QUARRY_FRAME_KEPT)
    frame.pointee.pages = UInt32(count)
    frame.pointee.carved = UInt16(touched)
    frame.pointee.next = list.pointee
    list.pointee = first.rawValue
    record.pointee.pages = UInt32(kept)
  }

  /// Gives back what was not needed since the last call.
  func age() {
    var excess = Int(record.pointee.unneeded)
    record.pointee.unneeded = record.pointee.pages
    if excess > 0 { shrink(by: &excess) }
  }

  /// Gives everything back.
  func release() {
    var excess = Int(record.pointee.pages)
    shrink(by: &excess)
  }

  // MARK: Blocks

  private func take(_ list: UnsafeMutablePointer<UInt32>, _ count: Int) -> Block {
    let first = PageIndex(list.pointee)
    let frame = zone.frame(first)
    list.pointee = frame.pointee.next
    frame.pointee.kind = 0
    record.pointee.pages &-= UInt32(count)
    if record.pointee.pages < record.pointee.unneeded { record.pointee.unneeded = record.pointee.pages }
    return Block(first: first, touched: Int(frame.pointee.carved))
  }

  private func shrink(by excess: inout Int) {
    for count in 1...Tunables.keptPages {
      let list = quarry_thread_pages_list(record, count)
      while excess > 0 && list.pointee != 0 {
        let block = take(list, count)
        zone.free(block.first, count, touched: block.touched)
        excess &-= count
      }
    }
  }
}
