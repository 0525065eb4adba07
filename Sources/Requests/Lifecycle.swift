// What C calls in Swift: the constructor, fork handlers, thread ends, and kswapd.
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
public func quarryKswapd() { Balance.run { KernelHooks.installed?.kswapdLooks($0) ?? false } }
