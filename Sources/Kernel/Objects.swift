// Objects: kmalloc and its relatives, from the same classes and pages as malloc's blocks.
import CShim
import Pages
import Requests
import Slabs
import Units

public enum Objects {
  /// What a request for 0 bytes gets.
  public static let zeroSize: UInt = 16
  /// Above it kmalloc fails, as in a kernel with 4 KiB pages.
  public static let largest: UInt = 1 << 22
  /// Above it kvmalloc fails: the bytes of no more can be counted in pages.
  public static var unlimited: UInt { UInt(Int.max &- Page.size) }

  /// A block of at least `size` bytes from the thread's list, or else from where the slow way leads: its address, 0 when
  /// there is no memory.
  @inline(__always)
  public static func allocate(_ size: UInt, _ gfp: Gfp, otherwise slow: (UInt, Gfp) -> UInt) -> UInt {
    // One comparison for size 0, which has no block, and sizes beyond the table.
    if gfp != .kernel || size &- 1 >= UInt(QUARRY_TABLE_LIMIT) { return slow(size, gfp) }
    return Request.allocate(size, large: { slow($0, gfp) }, otherwise: { slow($0, gfp) })
  }

  /// A block of at least `size` bytes, aligned to the largest power of two that divides `size`, zeroed when the flags say
  /// so.
  /// - Parameter limit: bytes of the largest request.
  @inline(never)
  public static func allocate(_ size: UInt, _ gfp: Gfp, upTo limit: UInt = largest) -> UInt {
    if size == 0 { return zeroSize }
    return Demand.satisfy(bytes: size, gfp, upTo: limit) { place(size, gfp) }
  }

  /// One attempt.
  private static func place(_ size: UInt, _ gfp: Gfp) -> UInt {
    if !gfp.mayWait && !gfp.isLow && size <= UInt(AtomicReserve.largest) {
      let object = AtomicReserve.take(size, gfp)
      if object != 0 && gfp.isZeroed { Request.clear(object, bytes: AtomicReserve.size(of: object, "kmalloc")) }
      return object
    }
    if gfp.mayWait && !gfp.isLow, let cache = GroupedObjects.cache(size, gfp) {
      let object = NamedCache(cache).obtain(gfp, 0)
      if object != 0 && gfp.isZeroed { Request.clear(object, bytes: Int(cache.pointee.object_size)) }
      return object
    }
    // Pages of their own for what wants to lie apart, and what is too large for the reserve.
    if !gfp.mayWait || gfp.isLow || gfp.has(___GFP_RECLAIMABLE) || gfp.has(___GFP_ACCOUNT) {
      return PageRequest.take(bytes: size, gfp)
    }
    let divisor = size & (0 &- size)
    // Slabs begin at pages, so a class aligns its objects up to a page.
    if divisor <= UInt(Page.size) && size <= UInt(Tunables.largestObject) {
      let object = Request.allocateExactly(size)
      if object != 0 && gfp.isZeroed { Request.clear(object, bytes: SizeClass(serving: Int(size)).objectSize) }
      return object
    }
    return Request.allocatePages(size, alignment: min(divisor, largest), zeroed: gfp.isZeroed)
  }

  /// Bytes that may be used of a block.
  public static func usableSize(_ block: UInt, _ function: StaticString) -> UInt {
    if block <= zeroSize { return 0 }
    return UInt(LowZones.holds(block) ? PageRequest.size(of: block, function) : Request.usableSize(block, function))
  }

  /// What `usableSize` says at least of a block of `size` bytes, and exactly where its flags are GFP_KERNEL.
  public static func roundUp(_ size: UInt) -> UInt {
    if size == 0 || size > unlimited { return size }
    if size & (0 &- size) <= UInt(Page.size) && size <= UInt(Tunables.largestObject) {
      return UInt(SizeClass(serving: Int(size)).objectSize)
    }
    return UInt(Request.length(holding: Page.count(bytes: Int(size))) &<< Page.shift)
  }

  /// Gives a block back. Does nothing for 0 and for what a request of 0 bytes got.
  @inline(__always) public static func free(_ block: UInt, _ function: StaticString) {
    // What is below 4 GiB is of a zone of low addresses, or nothing.
    if block &>> 32 == 0 || KernelMemory.servesHandlers { return freeSlow(block, function) }
    Request.free(block, function)
  }

  @inline(never) private static func freeSlow(_ block: UInt, _ function: StaticString) {
    if block <= zeroSize { return }
    if LowZones.holds(block) { return PageRequest.free(block, function) }
    if !KernelMemory.servesHandlers { return Request.free(block, function) }
    Request.freeInAnyContext(block, function, busy: { DeferredFrees.add($0, of: Zone.shared) })
  }

  /// Resizes a block: in place where the new size fits, else by a copy.
  /// - Returns: 0 when there is no memory, and the block stays.
  public static func reallocate(
    _ block: UInt, _ size: UInt, _ gfp: Gfp, upTo limit: UInt = largest, _ function: StaticString
  ) -> UInt {
    if size == 0 {
      free(block, function)
      return zeroSize
    }
    let usable = usableSize(block, function)
    if size <= usable {
      // What is beyond the new end reads as zero again, should the block grow in place.
      if gfp.isZeroed { Request.clear(block &+ size, bytes: Int(usable &- size)) }
      return block
    }
    let moved = allocate(size, gfp, upTo: limit)
    if moved != 0 && usable > 0 {
      Request.copy(from: block, to: moved, bytes: Int(usable))
      free(block, function)
    }
    return moved
  }
}
