// ForkHandlers: every lock is held over a fork, and every other thread's heap claimed, so that the child finds all slab
// state whole.
//
// Handlers of the program may run between ours and allocate; the forking thread passes the locks that it holds.
import CShim
import Pages
import Platform
import Slabs

public enum ForkHandlers {
  /// Whether no other thread runs. A lock that is held then is that of code which a signal handler interrupted that forks, and
  /// passed: the code goes on afterwards, in the parent and, if the handler returns there, in the child.
  private static var isAlone: Bool { quarry_sys_has_one_thread() != 0 && !Kswapd.isRunning }

  public static func prepare() {
    if isAlone { Fork.begin() }
    HeapRegistry.shared.lockForFork(from: Heap.current)
    KernelHooks.installed?.fork(QUARRY_FORK_PREPARE)
    VirtualAreas.shared.lockForFork()
    Zone.shared.lockForFork()
    Fork.begin()
  }

  public static func parent() {
    Fork.end()
    Zone.shared.unlockAfterFork()
    VirtualAreas.shared.unlockAfterFork()
    KernelHooks.installed?.fork(QUARRY_FORK_PARENT)
    HeapRegistry.shared.unlockAfterFork(from: Heap.current)
  }

  public static func child() {
    Kswapd.reset()
    Fork.end()
    Zone.shared.resetAfterFork()
    VirtualAreas.shared.resetAfterFork()
    KernelHooks.installed?.fork(QUARRY_FORK_CHILD)
    HeapRegistry.shared.resetAfterFork(keeping: Heap.current)
    // The permission is one process's.
    if quarry_registry_record().pointee.option_inspect != 0 { quarry_sys_allow_inspection() }
  }
}
