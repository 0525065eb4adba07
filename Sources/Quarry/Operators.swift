// The C++ operators new and delete, exported directly: through libstdc++ each would be a call more. When memory is short
// the C++ library's own operator takes over, which calls the new handler, and throws bad_alloc.
import CShim
import Requests

@c(quarry_new)
public func quarryNew(_ size: UInt) -> UnsafeMutableRawPointer? {
  if let block = Request.allocateFromList(size) { return block }
  return newSlow(size)
}

@inline(never) private func newSlow(_ size: UInt) -> UnsafeMutableRawPointer? {
  if let block = Request.allocate(size) { return block }
  return quarry_cxx_new(Int(bitPattern: size))
}

@c(quarry_new_aligned)
public func quarryNewAligned(_ size: UInt, _ alignment: UInt) -> UnsafeMutableRawPointer? {
  if let block = Request.allocate(size, alignment: alignment) { return block }
  return quarry_cxx_new_aligned(Int(bitPattern: size), Int(bitPattern: alignment))
}

@c(quarry_new_nothrow)
public func quarryNewNothrow(_ size: UInt, _ tag: UnsafeRawPointer) -> UnsafeMutableRawPointer? {
  if let block = Request.allocateFromList(size) { return block }
  return newNothrowSlow(size, tag)
}

@inline(never) private func newNothrowSlow(_ size: UInt, _ tag: UnsafeRawPointer) -> UnsafeMutableRawPointer? {
  if let block = Request.allocate(size) { return block }
  return quarry_cxx_new_nothrow(Int(bitPattern: size), tag)
}

@c(quarry_new_aligned_nothrow)
public func quarryNewAlignedNothrow(_ size: UInt, _ alignment: UInt, _ tag: UnsafeRawPointer)
  -> UnsafeMutableRawPointer?
{
  if let block = Request.allocate(size, alignment: alignment) { return block }
  return quarry_cxx_new_aligned_nothrow(Int(bitPattern: size), Int(bitPattern: alignment), tag)
}
