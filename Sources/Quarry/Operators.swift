// The C++ operators new and delete, exported directly: through libstdc++ each would be a call more. When memory is short
// the C++ library's own operator takes over, which calls the new handler and throws bad_alloc; the slow paths are in C,
// whose frames an exception can pass (CShim/operators.c).
import CShim
import Requests

@c(quarry_new)
public func quarryNew(_ size: UInt) -> UInt {
  Request.allocate(size, large: newLarge, otherwise: { quarry_new_slow($0) })
}

@inline(never) func newLarge(_ size: UInt) -> UInt { Request.allocateLarge(size, otherwise: { quarry_new_slow($0) }) }

@c(quarry_new_nothrow)
public func quarryNewNothrow(_ size: UInt, _ tag: UInt) -> UInt {
  Request.allocate(
    size, large: { quarry_new_nothrow_slow($0, tag) }, otherwise: { quarry_new_nothrow_slow($0, tag) })
}

@c(quarry_new_aligned)
public func quarryNewAligned(_ size: UInt, _ alignment: UInt) -> UInt {
  Request.allocate(size, alignment: alignment, otherwise: { quarry_new_aligned_slow(size, alignment) })
}

@c(quarry_new_aligned_nothrow)
public func quarryNewAlignedNothrow(_ size: UInt, _ alignment: UInt, _ tag: UInt) -> UInt {
  Request.allocate(size, alignment: alignment, otherwise: { quarry_new_aligned_nothrow_slow(size, alignment, tag) })
}
