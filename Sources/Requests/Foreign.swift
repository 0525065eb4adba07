// Foreign: pointers that another allocator made, for one in a library that was opened with RTLD_DEEPBIND. They end the
// process, unless the option `foreign` passes them to libc or ignores them.
import CShim
import Slabs

enum Foreign {
  private static var mode: Int32 { Int32(quarry_registry_record().pointee.option_foreign) }

  static func free(_ address: UInt, _ function: StaticString) {
    switch mode {
    case QUARRY_FOREIGN_LIBC: quarry_libc_free(address)
    case QUARRY_FOREIGN_IGNORE: return
    default: Misuse.invalid(function, address)
    }
  }

  static func usableSize(_ address: UInt, _ function: StaticString) -> Int {
    switch mode {
    case QUARRY_FOREIGN_LIBC: return Int(quarry_libc_usable_size(address))
    case QUARRY_FOREIGN_IGNORE: return 0
    default: Misuse.invalid(function, address)
    }
  }

  /// Moves the block into this heap where its size can be known; else the request fails.
  static func reallocate(_ address: UInt, _ size: UInt, _ function: StaticString) -> UInt {
    switch mode {
    case QUARRY_FOREIGN_LIBC:
      let moved = Request.allocate(size)
      if moved == 0 { return 0 }
      let bytes = min(Int(quarry_libc_usable_size(address)), Int(bitPattern: size))
      Request.copy(from: address, to: moved, bytes: bytes)
      quarry_libc_free(address)
      return moved
    case QUARRY_FOREIGN_IGNORE: return 0
    default: Misuse.invalid(function, address)
    }
  }
}
