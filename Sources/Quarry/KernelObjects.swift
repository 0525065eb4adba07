// The kernel interface's objects: bodies of a few lines over Kernel. The functions are documented in quarry/slab.h.
import CShim
import Kernel
import Requests

@c(quarry_kmalloc)
public func quarryKmalloc(_ size: UInt, _ flags: UInt32) -> UInt { Objects.allocate(size, Gfp(flags)) }

@c(quarry_kfree)
public func quarryKfree(_ block: UInt) { Request.free(block) }
