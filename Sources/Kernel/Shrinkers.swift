// Shrinkers: the program's own caches, which give objects up when memory is short. See quarry/shrinker.h. Lock: shrinker;
// it is not held while a callback runs, which may allocate, free and register.
import CShim
import Platform
import Requests
import Slabs
import Synchronization
import Units

public enum Shrinkers {
  public typealias Record = UnsafeMutablePointer<shrinker>

  static var lock: Lock { Lock(quarry_kernel_memory_shrinker_lock(KernelMemory.record)) }

  /// Makes a shrinker known to reclaim.
  public static func register(_ shrinker: Record?) {
    guard let shrinker else { fail(nil, "shrinker_register", "not a shrinker") }
    if shrinker.pointee.count_objects == nil || shrinker.pointee.scan_objects == nil {
      fail(shrinker, "shrinker_register", "count_objects and scan_objects have to be set before")
    }
    if shrinker.pointee.quarry_registered != 0 { fail(shrinker, "shrinker_register", "registered already") }
    // From now on malloc may have to ask it, though nobody asked for memory with flags.
    _ = KernelMemory.isUp || KernelMemory.ensure()
    let acquired = lock.acquire()
    shrinker.pointee.quarry_registered = 1
    shrinker.pointee.quarry_next = KernelMemory.record.pointee.shrinkers
    KernelMemory.record.pointee.shrinkers = shrinker
    lock.release(acquired)
  }

  /// Takes a shrinker back, once no call of it is under way.
  public static func free(_ shrinker: Record) {
    var acquired = lock.acquire()
    if shrinker.pointee.quarry_registered != 0 {
      shrinker.pointee.quarry_registered = 0
      while shrinker.pointee.quarry_running != 0 {
        lock.release(acquired)
        quarry_sys_yield()
        acquired = lock.acquire()
      }
      unlink(shrinker)
    }
    lock.release(acquired)
    Objects.free(UInt(bitPattern: shrinker), "shrinker_free")
  }

  /// Calls each shrinker that the flags allow.
  /// - Parameter priority: 12 asks for one object of 2^12, 0 for all of them.
  /// - Returns: objects that were given up.
  static func shrink(_ gfp: Gfp, priority: Int) -> Int {
    var freed = 0
    var acquired = lock.acquire()
    var next = KernelMemory.record.pointee.shrinkers
    while let shrinker = next {
      if allows(gfp, shrinker) {
        // While counted as running it stays in the list, so that what follows it is known afterwards.
        shrinker.pointee.quarry_running &+= 1
        lock.release(acquired)
        // A callback asks no shrinker again: there is one at a time.
        quarry_set_shrinker_of_thread(shrinker)
        freed &+= shrink(shrinker, gfp, priority: priority)
        quarry_set_shrinker_of_thread(nil)
        acquired = lock.acquire()
        shrinker.pointee.quarry_running &-= 1
      }
      next = shrinker.pointee.quarry_next
    }
    lock.release(acquired)
    return freed
  }

  private static func allows(_ gfp: Gfp, _ shrinker: Record) -> Bool {
    if shrinker.pointee.quarry_registered == 0 { return false }
    let flags = shrinker.pointee.flags
    if flags & SHRINKER_IO != 0 && !gfp.has(___GFP_IO) { return false }
    return flags & SHRINKER_FS == 0 || gfp.has(___GFP_FS)
  }

  /// The kernel's do_shrink_slab: what is due by priority and cost, in batches; what is less than a batch is remembered.
  private static func shrink(_ shrinker: Record, _ gfp: Gfp, priority: Int) -> Int {
    guard let count = shrinker.pointee.count_objects, let scan = shrinker.pointee.scan_objects else { return 0 }
    var control = shrink_control(gfp_mask: gfp.rawValue, nid: 0, nr_to_scan: 0, nr_scanned: 0)
    let freeable = count(shrinker, &control)
    if freeable == 0 || freeable >= UInt.max &- 1 { return 0 }
    let seeks = UInt(max(0, shrinker.pointee.seeks))
    let due = seeks == 0 ? freeable / 2 : (freeable &>> UInt(priority)) &* 4 / seeks
    var total = min(shrinker.pointee.quarry_deferred &+ due, freeable &* 2)
    let batch = shrinker.pointee.batch > 0 ? UInt(shrinker.pointee.batch) : Tunables.shrinkBatch
    var freed = 0
    while total >= batch || total >= freeable {
      let some = min(batch, total)
      control.nr_to_scan = some
      control.nr_scanned = some
      let given = scan(shrinker, &control)
      if given == UInt.max { break }
      freed &+= Int(bitPattern: given)
      if control.nr_scanned == 0 { break }
      total &-= min(total, control.nr_scanned)
      if total == 0 { break }
    }
    shrinker.pointee.quarry_deferred = total
    return freed
  }

  /// In the child of a fork: the calls that other threads were at are never over. Who forks from within a callback goes on.
  static func forgetOtherThreads() {
    var next = KernelMemory.record.pointee.shrinkers
    while let shrinker = next {
      shrinker.pointee.quarry_running = shrinker == quarry_shrinker_of_thread() ? 1 : 0
      next = shrinker.pointee.quarry_next
    }
  }

  private static func unlink(_ shrinker: Record) {
    if KernelMemory.record.pointee.shrinkers == shrinker {
      KernelMemory.record.pointee.shrinkers = shrinker.pointee.quarry_next
      return
    }
    var other = KernelMemory.record.pointee.shrinkers
    while let before = other, before.pointee.quarry_next != shrinker { other = before.pointee.quarry_next }
    other?.pointee.quarry_next = shrinker.pointee.quarry_next
  }

  private static func fail(_ shrinker: Record?, _ function: StaticString, _ reason: StaticString) -> Never {
    var message = Misuse.begin(function, UInt(bitPattern: shrinker))
    message.append(reason)
    Misuse.end(saying: message)
  }
}
