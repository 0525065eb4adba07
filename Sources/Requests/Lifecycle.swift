// What C calls in Swift: the constructor, fork handlers, thread ends, and the slow paths of the C++ operators.
import CShim
import Sampling
import Slabs

@c(quarry_ensure_booted)
public func quarryEnsureBooted() { if !Boot.isUp { _ = Boot.ensure() } }

/// Before a library is loaded, perhaps where another one was.
@c(quarry_forget_unwind_rows)
public func quarryForgetUnwindRows() { UnwindTables.forget() }

@c(quarry_thread_ends)
public func quarryThreadEnds(_ heap: UnsafeMutableRawPointer) {
  ThreadHeap.threadEnds(Heap(heap.assumingMemoryBound(to: quarry_heap.self)))
}

@c(quarry_fork_prepare)
public func quarryForkPrepare() { ForkHandlers.prepare() }

@c(quarry_fork_parent)
public func quarryForkParent() { ForkHandlers.parent() }

@c(quarry_fork_child)
public func quarryForkChild() { ForkHandlers.child() }

@c(quarry_kswapd)
public func quarryKswapd() { Balance.run() }

/// A block, or 0 when there is no memory, for the slow paths.
@c(quarry_allocate)
public func quarryAllocate(_ size: UInt) -> UInt { Request.allocate(size) }

@c(quarry_allocate_aligned)
public func quarryAllocateAligned(_ size: UInt, _ alignment: UInt) -> UInt {
  Request.allocate(size, alignment: alignment)
}
