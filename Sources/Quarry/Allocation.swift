// The C library's allocation functions: bodies of a few lines over Request. Each keeps what the GNU manual and POSIX
// promise of it; the linker gives them their public names (Package.swift). Addresses are numbers here, which the calling
// convention passes like pointers: so the slow paths are jumps.
import CShim
import Kernel
import Requests
import Slabs
import Units

@inline(never) func outOfMemory() -> UInt {
  quarry_set_errno(ENOMEM)
  return 0
}

@inline(__always) func orOutOfMemory(_ block: UInt) -> UInt { block != 0 ? block : outOfMemory() }

/// The block of a first attempt, or of another one after reclaim; 0 when there is no memory. For slow paths.
@inline(__always) func reclaiming(for bytes: UInt, _ attempt: () -> UInt) -> UInt {
  let block = attempt()
  return block != 0 ? block : Demand.satisfyMalloc(bytes, attempt)
}

/// A block, or 0 when there is no memory, for the slow paths here and in C.
@c(quarry_allocate)
@inline(never) public func quarryAllocate(_ size: UInt) -> UInt { reclaiming(for: size) { Request.allocate(size) } }

@c(quarry_allocate_aligned)
@inline(never) public func quarryAllocateAligned(_ size: UInt, _ alignment: UInt) -> UInt {
  reclaiming(for: size) { Request.allocate(size, alignment: alignment) }
}

@c(quarry_malloc)
public func quarryMalloc(_ size: UInt) -> UInt {
  Request.allocate(size, large: mallocLarge, otherwise: mallocSlow)
}

@inline(never) func mallocLarge(_ size: UInt) -> UInt { Request.allocateLarge(size, otherwise: mallocSlow) }

@inline(never) func mallocSlow(_ size: UInt) -> UInt {
  let block = Request.allocateFromSlabs(size)
  return block != 0 ? block : orOutOfMemory(quarryAllocate(size))
}

@c(quarry_free)
public func quarryFree(_ pointer: UInt) { Request.free(pointer) }

@c(quarry_calloc)
public func quarryCalloc(_ count: UInt, _ size: UInt) -> UInt {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  if overflow { return outOfMemory() }
  return Request.allocateZeroed(bytes, large: callocLarge, otherwise: callocSlow)
}

@inline(never) func callocLarge(_ size: UInt) -> UInt { Request.allocateLargeZeroed(size, otherwise: callocSlow) }

@inline(never) func callocSlow(_ size: UInt) -> UInt {
  if size > UInt(Tunables.largestObject) { return orOutOfMemory(callocPages(size)) }
  let object = orOutOfMemory(quarryAllocate(size))
  if object != 0 { Request.clear(object, bytes: Int(bitPattern: size)) }
  return object
}

@inline(never) func callocPages(_ size: UInt) -> UInt {
  reclaiming(for: size) { Request.allocatePages(size, alignment: 1, zeroed: true) }
}

@c(quarry_realloc)
public func quarryRealloc(_ pointer: UInt, _ size: UInt) -> UInt {
  if pointer == 0 { return quarryMalloc(size) }
  return Request.reallocate(pointer, size, moving: reallocMoving, otherwise: reallocPages)
}

@inline(never) func reallocPages(_ pointer: UInt, _ size: UInt) -> UInt {
  Request.resizeWithinPages(pointer, to: size, otherwise: reallocSlow)
}

@inline(never) func reallocMoving(_ pointer: UInt, _ size: UInt, _ entry: Entry) -> UInt {
  Request.moveObject(pointer, entry, to: size, otherwise: reallocSlow)
}

@inline(never) func reallocSlow(_ pointer: UInt, _ size: UInt) -> UInt {
  if size == 0 {
    Request.free(pointer)
    return 0
  }
  return orOutOfMemory(reclaiming(for: size) { Request.reallocate(pointer, size, "realloc") })
}

@c(quarry_reallocarray)
public func quarryReallocarray(_ pointer: UInt, _ count: UInt, _ size: UInt)
  -> UInt
{
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  return overflow ? outOfMemory() : quarryRealloc(pointer, bytes)
}

private func isPowerOfTwo(_ value: UInt) -> Bool { value != 0 && value & (value &- 1) == 0 }

/// - Returns: NULL with EINVAL when the alignment is not a power of two.
@c(quarry_aligned_alloc)
public func quarryAlignedAlloc(_ alignment: UInt, _ size: UInt) -> UInt {
  Request.allocate(size, alignment: alignment, otherwise: { alignedAllocSlow(alignment, size) })
}

@inline(never) func alignedAllocSlow(_ alignment: UInt, _ size: UInt) -> UInt {
  if !isPowerOfTwo(alignment) {
    quarry_set_errno(EINVAL)
    return 0
  }
  return orOutOfMemory(quarryAllocateAligned(size, alignment))
}

/// Like aligned_alloc, but any alignment is rounded up to a power of two, as the GNU C library does.
@c(quarry_memalign)
public func quarryMemalign(_ alignment: UInt, _ size: UInt) -> UInt {
  Request.allocate(size, alignment: alignment, otherwise: { memalignSlow(alignment, size) })
}

@inline(never) func memalignSlow(_ alignment: UInt, _ size: UInt) -> UInt {
  if alignment > 1 << 63 {
    quarry_set_errno(EINVAL)
    return 0
  }
  return alignedAllocSlow(
    alignment <= 1 ? 1 : 1 &<< UInt(UInt.bitWidth &- (alignment &- 1).leadingZeroBitCount), size)
}

/// - Returns: 0, EINVAL or ENOMEM; errno and, on failure, `result` stay as they were.
@c(quarry_posix_memalign)
public func quarryPosixMemalign(
  _ result: UnsafeMutablePointer<UInt>, _ alignment: UInt, _ size: UInt
) -> Int32 {
  let isValid = alignment >= UInt(MemoryLayout<UInt>.size)
  let block = isValid ? Request.allocate(size, alignment: alignment, otherwise: { 0 }) : 0
  if block == 0 { return posixMemalignSlow(result, alignment, size) }
  result.pointee = block
  return 0
}

@inline(never) func posixMemalignSlow(
  _ result: UnsafeMutablePointer<UInt>, _ alignment: UInt, _ size: UInt
) -> Int32 {
  if !isPowerOfTwo(alignment) || alignment < UInt(MemoryLayout<UInt>.size) { return EINVAL }
  let block = quarryAllocateAligned(size, alignment)
  if block == 0 { return ENOMEM }
  result.pointee = block
  return 0
}

@c(quarry_valloc)
public func quarryValloc(_ size: UInt) -> UInt {
  quarryAlignedAlloc(UInt(quarry_sys_page_size()), size)
}

/// Rounds the size up to whole pages, at least one.
@c(quarry_pvalloc)
public func quarryPvalloc(_ size: UInt) -> UInt {
  let page = UInt(quarry_sys_page_size())
  if size > UInt(Int.max) { return outOfMemory() }
  return quarryAlignedAlloc(page, max(page, (size &+ page &- 1) & ~(page &- 1)))
}

@c(quarry_malloc_usable_size)
public func quarryMallocUsableSize(_ pointer: UInt) -> UInt {
  Request.usableSize(pointer, otherwise: usableSizeSlow)
}

@inline(never) func usableSizeSlow(_ pointer: UInt) -> UInt {
  UInt(bitPattern: Request.usableSize(pointer, "malloc_usable_size"))
}

@c(quarry_free_sized)
public func quarryFreeSized(_ pointer: UInt, _ size: UInt) { Request.free(pointer) }

@c(quarry_free_aligned_sized)
public func quarryFreeAlignedSized(_ pointer: UInt, _ alignment: UInt, _ size: UInt) {
  Request.free(pointer)
}
