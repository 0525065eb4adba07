// What the shim's constructor, fork handlers and thread ends call.
import CShim
import Slabs

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
