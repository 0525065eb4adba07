// CacheBulk: many objects of a named cache at once. What is in the thread's sheaf is copied as one; the look-ups
// are paid once for all.
import CShim
import Pages
import Requests
import Slabs
import Units

extension NamedCache {
  /// Takes `count` objects.
  /// - Returns: false, and no object is taken, when there is no memory for all.
  public func allocate(
    _ gfp: Gfp, count: Int, into objects: UnsafeMutablePointer<UInt>, caller: UInt
  ) -> Bool {
    if gfp != .kernel && (gfp.isRefused || !CacheFlags.areValid(gfp, record)) { return false }
    var done = 0
    while done < count {
      if gfp.mayWait, let slot = CacheSlot.inUse(record.pointee.number) {
        if slot.main.count == 0 { slot.exchangeSheaves() }
        let part = slot.main.take(upTo: count &- done, into: objects + done)
        if gfp.isZeroed { clear(objects + done, part) }
        done &+= part
        if done == count { break }
      }
      // Fills the sheaf, too.
      let object = allocate(gfp, caller: caller)
      if object == 0 {
        free(objects, done, "kmem_cache_alloc_bulk", caller: caller)
        return false
      }
      objects[done] = object
      done &+= 1
    }
    return true
  }

  private func clear(_ objects: UnsafeMutablePointer<UInt>, _ count: Int) {
    if record.pointee.constructor != nil { return }
    for index in 0..<count { Request.clear(objects[index], bytes: Int(record.pointee.object_size)) }
  }

  /// Gives `count` objects back.
  public func free(_ objects: UnsafeMutablePointer<UInt>, _ count: Int, _ function: StaticString, caller: UInt) {
    var done = 0
    while done < count {
      if !KernelMemory.servesHandlers, let slot = CacheSlot.inUse(record.pointee.number) {
        let main = slot.main
        let part = min(count &- done, main.capacity &- main.count)
        let own = ownObjects(objects + done, part)
        CacheSheaf.copy(objects + done, to: main.objects + main.count, own)
        main.record.pointee.count &+= UInt32(own)
        done &+= own
        if done == count { return }
      }
      // Makes room in the sheaf, or says what is wrong with the object.
      free(objects[done], function, caller: caller)
      done &+= 1
    }
  }

  /// How many of the first objects are this cache's.
  @inline(__always) private func ownObjects(_ objects: UnsafeMutablePointer<UInt>, _ count: Int) -> Int {
    let zone = Zone.shared
    let extent = UInt64(zone.extent)
    let owner = record.pointee.owner
    let inverse = record.pointee.inverse
    for index in 0..<count {
      let offset = zone.offset(objects[index])
      if offset >= extent { return index }
      let entry = Entry(zone.entry(holding: offset).pointee)
      if entry.owner != owner || entry.position(offset) &* inverse >= inverse { return index }
    }
    return count
  }
}

extension CacheSheaf {
  /// Takes up to `count` objects: the ones that were put last.
  func take(upTo count: Int, into objects: UnsafeMutablePointer<UInt>) -> Int {
    let part = min(count, self.count)
    Self.copy(self.objects + (self.count &- part), to: objects, part)
    record.pointee.count &-= UInt32(part)
    return part
  }

  static func copy(_ from: UnsafeMutablePointer<UInt>, to: UnsafeMutablePointer<UInt>, _ count: Int) {
    UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: count &* MemoryLayout<UInt>.stride)
  }
}
