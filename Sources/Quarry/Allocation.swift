// The C library's allocation functions: bodies of a few lines over Request. Each keeps what the GNU manual and POSIX
// promise of it; the linker gives them their public names (Package.swift).
import CShim
import Requests

@inline(__always) func outOfMemory() -> UnsafeMutableRawPointer? {
  quarry_set_errno(ENOMEM)
  return nil
}

@c(quarry_malloc)
public func quarryMalloc(_ size: UInt) -> UnsafeMutableRawPointer? {
  if let block = Request.allocateFromList(size) { return block }
  return mallocSlow(size)
}

@inline(never) func mallocSlow(_ size: UInt) -> UnsafeMutableRawPointer? {
  Request.allocate(size) ?? outOfMemory()
}

@c(quarry_free)
public func quarryFree(_ pointer: UnsafeMutableRawPointer?) { Request.free(pointer) }

@c(quarry_calloc)
public func quarryCalloc(_ count: UInt, _ size: UInt) -> UnsafeMutableRawPointer? {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  if overflow { return outOfMemory() }
  return Request.allocateZeroed(bytes) ?? outOfMemory()
}

@c(quarry_realloc)
public func quarryRealloc(_ pointer: UnsafeMutableRawPointer?, _ size: UInt) -> UnsafeMutableRawPointer? {
  guard let pointer else { return quarryMalloc(size) }
  if size == 0 {
    Request.free(pointer)
    return nil
  }
  return Request.reallocate(pointer, size, "realloc") ?? outOfMemory()
}

@c(quarry_reallocarray)
public func quarryReallocarray(_ pointer: UnsafeMutableRawPointer?, _ count: UInt, _ size: UInt)
  -> UnsafeMutableRawPointer?
{
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  return overflow ? outOfMemory() : quarryRealloc(pointer, bytes)
}

private func isPowerOfTwo(_ value: UInt) -> Bool { value != 0 && value & (value &- 1) == 0 }

/// - Returns: NULL with EINVAL when the alignment is not a power of two.
@c(quarry_aligned_alloc)
public func quarryAlignedAlloc(_ alignment: UInt, _ size: UInt) -> UnsafeMutableRawPointer? {
  if !isPowerOfTwo(alignment) {
    quarry_set_errno(EINVAL)
    return nil
  }
  return Request.allocate(size, alignment: alignment) ?? outOfMemory()
}

/// Like aligned_alloc, but any alignment is rounded up to a power of two, as the GNU C library does.
@c(quarry_memalign)
public func quarryMemalign(_ alignment: UInt, _ size: UInt) -> UnsafeMutableRawPointer? {
  if alignment > 1 << 63 {
    quarry_set_errno(EINVAL)
    return nil
  }
  return quarryAlignedAlloc(alignment <= 1 ? 1 : 1 &<< UInt(UInt.bitWidth &- (alignment &- 1).leadingZeroBitCount), size)
}

/// - Returns: 0, EINVAL or ENOMEM; errno and, on failure, `result` stay as they were.
@c(quarry_posix_memalign)
public func quarryPosixMemalign(
  _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ alignment: UInt, _ size: UInt
) -> Int32 {
  if !isPowerOfTwo(alignment) || alignment < UInt(MemoryLayout<UInt>.size) { return EINVAL }
  guard let block = Request.allocate(size, alignment: alignment) else { return ENOMEM }
  result.pointee = block
  return 0
}

@c(quarry_valloc)
public func quarryValloc(_ size: UInt) -> UnsafeMutableRawPointer? {
  quarryAlignedAlloc(UInt(quarry_sys_page_size()), size)
}

/// Rounds the size up to whole pages, at least one.
@c(quarry_pvalloc)
public func quarryPvalloc(_ size: UInt) -> UnsafeMutableRawPointer? {
  let page = UInt(quarry_sys_page_size())
  if size > UInt(Int.max) { return outOfMemory() }
  return quarryAlignedAlloc(page, max(page, (size &+ page &- 1) & ~(page &- 1)))
}

@c(quarry_malloc_usable_size)
public func quarryMallocUsableSize(_ pointer: UnsafeMutableRawPointer?) -> UInt {
  UInt(bitPattern: Request.usableSize(pointer, "malloc_usable_size"))
}

@c(quarry_free_sized)
public func quarryFreeSized(_ pointer: UnsafeMutableRawPointer?, _ size: UInt) { Request.free(pointer) }

@c(quarry_free_aligned_sized)
public func quarryFreeAlignedSized(_ pointer: UnsafeMutableRawPointer?, _ alignment: UInt, _ size: UInt) {
  Request.free(pointer)
}
