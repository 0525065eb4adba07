// The kernel interface's objects: bodies of a few lines over Kernel. The functions are documented in quarry/slab.h.
import CShim
import Kernel
import Requests

private let zero = UInt32(___GFP_ZERO)

@c(quarry_kmalloc)
public func quarryKmalloc(_ size: UInt, _ flags: UInt32) -> UInt {
  Objects.allocate(size, Gfp(flags), otherwise: { Objects.allocate($0, $1) })
}

@c(quarry_kzalloc)
public func quarryKzalloc(_ size: UInt, _ flags: UInt32) -> UInt { Objects.allocate(size, Gfp(flags | zero)) }

@c(quarry_kmalloc_array)
public func quarryKmallocArray(_ count: UInt, _ size: UInt, _ flags: UInt32) -> UInt {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  return overflow ? 0 : quarryKmalloc(bytes, flags)
}

@c(quarry_kcalloc)
public func quarryKcalloc(_ count: UInt, _ size: UInt, _ flags: UInt32) -> UInt {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  return overflow ? 0 : quarryKzalloc(bytes, flags)
}

@c(quarry_krealloc)
public func quarryKrealloc(_ block: UInt, _ size: UInt, _ flags: UInt32) -> UInt {
  Objects.reallocate(block, size, Gfp(flags), "krealloc")
}

@c(quarry_krealloc_array)
public func quarryKreallocArray(_ block: UInt, _ count: UInt, _ size: UInt, _ flags: UInt32) -> UInt {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  return overflow ? 0 : Objects.reallocate(block, bytes, Gfp(flags), "krealloc_array")
}

@c(quarry_kfree)
public func quarryKfree(_ block: UInt) { Objects.free(block, "kfree") }

@c(quarry_kfree_sensitive)
public func quarryKfreeSensitive(_ block: UInt) {
  Request.clear(block, bytes: Int(Objects.usableSize(block, "kfree_sensitive")))
  Objects.free(block, "kfree_sensitive")
}

@c(quarry_ksize)
public func quarryKsize(_ block: UInt) -> UInt { Objects.usableSize(block, "ksize") }

@c(quarry_kmalloc_size_roundup)
public func quarryKmallocSizeRoundup(_ size: UInt) -> UInt { Objects.roundUp(size) }

// MARK: Of any size

@c(quarry_kvmalloc)
public func quarryKvmalloc(_ size: UInt, _ flags: UInt32) -> UInt {
  Objects.allocate(size, Gfp(flags), upTo: Objects.unlimited)
}

@c(quarry_kvzalloc)
public func quarryKvzalloc(_ size: UInt, _ flags: UInt32) -> UInt { quarryKvmalloc(size, flags | zero) }

@c(quarry_kvmalloc_array)
public func quarryKvmallocArray(_ count: UInt, _ size: UInt, _ flags: UInt32) -> UInt {
  let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
  return overflow ? 0 : quarryKvmalloc(bytes, flags)
}

@c(quarry_kvcalloc)
public func quarryKvcalloc(_ count: UInt, _ size: UInt, _ flags: UInt32) -> UInt {
  quarryKvmallocArray(count, size, flags | zero)
}

@c(quarry_kvrealloc)
public func quarryKvrealloc(_ block: UInt, _ size: UInt, _ flags: UInt32) -> UInt {
  Objects.reallocate(block, size, Gfp(flags), upTo: Objects.unlimited, "kvrealloc")
}

@c(quarry_kvfree)
public func quarryKvfree(_ block: UInt) { Objects.free(block, "kvfree") }

// MARK: Copies

@c(quarry_kstrdup)
public func quarryKstrdup(_ string: UnsafePointer<UInt8>?, _ flags: UInt32) -> UInt {
  quarryKstrndup(string, .max, flags)
}

@c(quarry_kstrndup)
public func quarryKstrndup(_ string: UnsafePointer<UInt8>?, _ limit: UInt, _ flags: UInt32) -> UInt {
  guard let string else { return 0 }
  var length = 0
  while UInt(length) < limit && string[length] != 0 { length &+= 1 }
  let copy = quarryKmalloc(UInt(length &+ 1), flags)
  if copy == 0 { return 0 }
  Request.copy(from: UInt(bitPattern: string), to: copy, bytes: length)
  Request.clear(copy &+ UInt(length), bytes: 1)
  return copy
}

@c(quarry_kmemdup)
public func quarryKmemdup(_ source: UInt, _ length: UInt, _ flags: UInt32) -> UInt {
  if source == 0 { return 0 }
  let copy = quarryKmalloc(length, flags)
  if copy > Objects.zeroSize { Request.copy(from: source, to: copy, bytes: Int(length)) }
  return copy
}
