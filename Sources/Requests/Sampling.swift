// Sampling: what the heap profile asks of requests. Each is counted once, with the bytes that the program asked for:
// objects on their way out (Request.swift), whole pages here. What is not sampled: named caches and pages of the kernel
// interface, its atomic reserve, and threads without a heap of their own, at the end of their lives.
import CShim
import Pages
import Platform
import Sampling
import Slabs
import Synchronization
import Units

extension Request {
  /// Serves the request for an object with which something was due. A sampled one gets pages of its own.
  @inline(never) static func allocateDue(_ sizeClass: SizeClass, for size: UInt, _ heap: Heap) -> UInt {
    let sample = whatIsDue(size, heap)
    if let sample {
      let run = allocateSampled(Page.count(bytes: sizeClass.objectSize), heap)
      if run != 0 {
        sample.write(at: PageIndex(offset: Zone.shared.offset(run)), sizeClass: sizeClass)
        return run
      }
    }
    let object = heap.pop(sizeClass, otherwise: { heap.popSlow(sizeClass, isExact: true) })
    if object == 0, let sample { Sampler.withdraw(sample) }
    return object
  }

  /// A run for a sample, of pages that the heap keeps, or of others.
  private static func allocateSampled(_ pages: Int, _ heap: Heap) -> UInt {
    guard let kept = heap.takeKeptPages(pages) else { return allocateRun(pages, alignment: 1, zeroed: false) }
    makeRun(kept, pages)
    return Zone.shared.address(kept)
  }

  /// Gives the run of a sample back to the calling thread's heap, of whose slabs it took the place.
  /// - Returns: false when it was none, or is none any more.
  static func freeSampled(_ page: PageIndex) -> Bool {
    let zone = Zone.shared
    let pages = Int(zone.frame(page).pointee.pages)
    let heap = Heap.current
    if !heap.isReal || pages > Tunables.keptPages || Sample.sizeClass(at: page) == nil { return false }
    // Of two threads that free it at once, one finds the entry gone.
    let attempt = atomic(zone.entry(page)).pointee
      .compareExchange(expected: Entry.run.rawValue, desired: 0, ordering: .acquiringAndReleasing)
    if !attempt.exchanged { return false }
    zone.frame(page).pointee.kind = 0
    heap.keepPages(page, pages)
    return true
  }

  /// Counts a request for whole pages that was served.
  static func count(_ size: UInt, at block: UInt) {
    guard let heap = Heap.current.isReal ? Heap.current : ThreadHeap.obtain(), heap.isDue(after: size) else { return }
    if let sample = whatIsDue(size, heap) { note(sample, at: block) }
  }

  /// Counts what a block of whole pages gained where it lies, or where its page tables moved to. A sample that grows
  /// stays one. A block that is none becomes one as often as a request for the gained pages would have: so in all, as
  /// often as one request for all of its pages.
  /// - Parameter sample: what was known of the block while it had `old` bytes.
  static func recount(_ sample: Sample?, at block: UInt, from old: Int, to size: UInt) {
    guard let heap = Heap.current.isReal ? Heap.current : ThreadHeap.obtain() else { return }
    var sample = sample
    if let before = sample, UInt64(size) < before.size { sample = Sampler.shrink(before, to: size, heap) }
    // As the block was rounded, since `old` is the usable size: of one that grows in smaller steps nothing would ever count.
    let isRun = Zone.shared.offset(block) < UInt64(Zone.shared.extent)
    let unit = System.pageSize
    let pages = length(holding: Page.count(bytes: Int(size)))
    let end = isRun ? UInt(pages &<< Page.shift) : (size &+ unit &- 1) & ~(unit &- 1)
    if end > UInt(old), heap.isDue(after: end &- UInt(old)) {
      let due = whatIsDue(end &- UInt(old), heap)
      sample = sample ?? due
    }
    sample?.size = UInt64(size)
    note(sample, at: block)
  }

  /// Takes a sample, if any are taken, and does what is to be done once in a while.
  private static func whatIsDue(_ size: UInt, _ heap: Heap) -> Sample? {
    defer { Balance.keep() }
    // A reminder is no event: it is no work of the thread's, so by itself it does not keep the heap from being quiet.
    if heap.endReminder() { return nil }
    let sample = Sampler.sample(size, heap)
    heap.goOnReminding()
    heap.noteEvent()
    return sample
  }

  /// Makes a block of whole pages a sample, or none.
  private static func note(_ sample: Sample?, at block: UInt) {
    let offset = Zone.shared.offset(block)
    if offset >= UInt64(Zone.shared.extent) {
      Sample.write(sample, ofArea: block)
    } else if let sample {
      sample.write(at: PageIndex(offset: offset), sizeClass: nil)
    } else {
      Sample.erase(at: PageIndex(offset: offset))
    }
  }
}
