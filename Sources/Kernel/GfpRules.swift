// GfpRules: combinations of flags that contradict themselves, which are refused, and flags as text.
import CShim
import Platform

extension Gfp {
  /// The bits up to __GFP_ACCOUNT but for 0x200, which no flag has in the kernel either.
  private static var known: UInt32 { (___GFP_ACCOUNT &<< 1 &- 1) & ~0x200 }

  /// Tells of a combination that contradicts itself, in one line.
  /// - Returns: whether there is one.
  /// - Complexity: a few comparisons where there is none.
  var isRefused: Bool {
    func both(_ one: UInt32, _ other: UInt32) -> Bool { rawValue & one != 0 && rawValue & other != 0 }
    if rawValue & ~Self.known != 0 { return refuse("some of these bits mean nothing") }
    if both(___GFP_DMA, ___GFP_DMA32) { return refuse("DMA and DMA32 exclude each other") }
    if both(___GFP_DMA | ___GFP_DMA32, ___GFP_HIGHMEM) { return refuse("HIGHMEM is not below 4 GiB: leave one out") }
    if both(___GFP_MOVABLE, ___GFP_RECLAIMABLE) { return refuse("MOVABLE and RECLAIMABLE exclude each other") }
    if has(___GFP_NOFAIL) && !mayWait { return refuse("NOFAIL may have to wait: add DIRECT_RECLAIM") }
    if both(___GFP_NOFAIL, ___GFP_NORETRY | ___GFP_RETRY_MAYFAIL) {
      return refuse("NOFAIL and what may fail exclude each other")
    }
    if both(___GFP_NORETRY, ___GFP_RETRY_MAYFAIL) { return refuse("NORETRY and RETRY_MAYFAIL exclude each other") }
    return false
  }

  @inline(never) private func refuse(_ reason: StaticString) -> Bool {
    var message = Message()
    message.append("gfp flags ")
    append(to: &message)
    message.append(": ")
    message.append(reason)
    message.write()
    return true
  }

  /// Appends the flags as the kernel prints them: 0xcc0(GFP_KERNEL).
  func append(to message: inout Message) {
    message.append(address: UInt(rawValue))
    message.append("(")
    var rest = rawValue
    var isFirst = true
    func name(_ flags: UInt32, _ text: StaticString) {
      if flags == 0 || rest & flags != flags { return }
      if !isFirst { message.append("|") }
      message.append(text)
      rest &= ~flags
      isFirst = false
    }
    let reclaim = ___GFP_DIRECT_RECLAIM | ___GFP_KSWAPD_RECLAIM
    let kernel = Gfp.kernel.rawValue
    let user = kernel | ___GFP_HARDWALL
    name(user | ___GFP_HIGHMEM | ___GFP_MOVABLE, "GFP_HIGHUSER_MOVABLE")
    name(user | ___GFP_HIGHMEM, "GFP_HIGHUSER")
    name(user, "GFP_USER")
    name(kernel, "GFP_KERNEL")
    name(reclaim | ___GFP_IO, "GFP_NOFS")
    name(reclaim, "GFP_NOIO")
    name(___GFP_HIGH | ___GFP_KSWAPD_RECLAIM, "GFP_ATOMIC")
    name(___GFP_KSWAPD_RECLAIM | ___GFP_NOWARN, "GFP_NOWAIT")
    name(___GFP_DMA, "GFP_DMA")
    name(___GFP_DMA32, "GFP_DMA32")
    name(___GFP_HIGHMEM, "__GFP_HIGHMEM")
    name(___GFP_MOVABLE, "__GFP_MOVABLE")
    name(___GFP_RECLAIMABLE, "__GFP_RECLAIMABLE")
    name(___GFP_HIGH, "__GFP_HIGH")
    name(___GFP_IO, "__GFP_IO")
    name(___GFP_FS, "__GFP_FS")
    name(___GFP_ZERO, "__GFP_ZERO")
    name(___GFP_DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM")
    name(___GFP_KSWAPD_RECLAIM, "__GFP_KSWAPD_RECLAIM")
    name(___GFP_WRITE, "__GFP_WRITE")
    name(___GFP_NOWARN, "__GFP_NOWARN")
    name(___GFP_RETRY_MAYFAIL, "__GFP_RETRY_MAYFAIL")
    name(___GFP_NOFAIL, "__GFP_NOFAIL")
    name(___GFP_NORETRY, "__GFP_NORETRY")
    name(___GFP_MEMALLOC, "__GFP_MEMALLOC")
    name(___GFP_COMP, "__GFP_COMP")
    name(___GFP_NOMEMALLOC, "__GFP_NOMEMALLOC")
    name(___GFP_HARDWALL, "__GFP_HARDWALL")
    name(___GFP_THISNODE, "__GFP_THISNODE")
    name(___GFP_ACCOUNT, "__GFP_ACCOUNT")
    if rest != 0 || isFirst {
      if !isFirst { message.append("|") }
      message.append(address: UInt(rest))
    }
    message.append(")")
  }
}
