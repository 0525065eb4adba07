// Hooks: what the layers below ask of this one, from the first use of the kernel interface on.
import CShim
import Pages
import Requests
import Slabs
import Units

enum Hooks {
  nonisolated(unsafe) private static var record = quarry_kernel_hooks(
    free: {
      Hooks.free($0, "kfree"); _ = $1
    },
    usable_size: {
      _ = $1; return Hooks.usableSize($0, "ksize")
    },
    thread_ends: { _ = $0 }, fork: { Gate.fork($0) })

  static func activate() {
    if quarry_registry_record().pointee.kernel_hooks != nil { return }
    withUnsafePointer(to: &record) { quarry_registry_record().pointee.kernel_hooks = $0 }
  }

  private static func free(_ address: UInt, _ function: StaticString) {
    if AtomicReserve.holds(address) {
      AtomicReserve.free(address, function)
    } else {
      PageRequest.free(address, function)
    }
  }

  private static func usableSize(_ address: UInt, _ function: StaticString) -> Int {
    AtomicReserve.holds(address) ? AtomicReserve.size(of: address, function) : PageRequest.size(of: address, function)
  }
}
