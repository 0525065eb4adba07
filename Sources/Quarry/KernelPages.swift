// The kernel interface's pages: bodies of a few lines over Kernel. The functions are documented in quarry/page.h.
import CShim
import Kernel

public typealias PagePointer = UnsafeMutableRawPointer

@c(quarry_init)
public func quarryInit() -> Int32 { KernelMemory.prepareForHandlers() ? 0 : -ENOMEM }

@c(quarry_alloc_pages)
public func quarryAllocPages(_ gfp: UInt32, _ order: UInt32) -> PagePointer? {
  let address = PageRequest.allocate(order: order, Gfp(gfp))
  return address == 0 ? nil : PageFrames.frame(at: address)
}

@c(quarry_get_free_pages)
public func quarryGetFreePages(_ gfp: UInt32, _ order: UInt32) -> UInt { PageRequest.allocate(order: order, Gfp(gfp)) }

@c(quarry_get_zeroed_page)
public func quarryGetZeroedPage(_ gfp: UInt32) -> UInt {
  PageRequest.allocate(order: 0, Gfp(gfp | ___GFP_ZERO))
}

@c(quarry___free_pages)
public func quarryFreePagesOfFrame(_ page: PagePointer?, _ order: UInt32) {
  if let page { PageRequest.free(PageFrames.address(of: page, "__free_pages"), order: order, "__free_pages") }
}

@c(quarry_free_pages)
public func quarryFreePages(_ address: UInt, _ order: UInt32) { PageRequest.free(address, order: order, "free_pages") }

@c(quarry_alloc_pages_exact)
public func quarryAllocPagesExact(_ size: UInt, _ gfp: UInt32) -> UInt { PageRequest.allocateExact(size, Gfp(gfp)) }

@c(quarry_free_pages_exact)
public func quarryFreePagesExact(_ address: UInt, _ size: UInt) {
  PageRequest.freeExact(address, size, "free_pages_exact")
}

@c(quarry_alloc_pages_bulk)
public func quarryAllocPagesBulk(_ gfp: UInt32, _ count: UInt, _ pages: UnsafeMutablePointer<PagePointer?>?) -> UInt {
  guard let pages = Handle.array(pages, count, "alloc_pages_bulk") else { return 0 }
  var filled: UInt = 0
  while filled < count {
    if pages[Int(filled)] == nil {
      guard let page = quarryAllocPages(gfp, 0) else { break }
      pages[Int(filled)] = page
    }
    filled &+= 1
  }
  return filled
}

@c(quarry_split_page)
public func quarrySplitPage(_ page: PagePointer?, _ order: UInt32) {
  PageRequest.split(PageFrames.address(of: page, "split_page"), order: order, "split_page")
}

@c(quarry_page_address)
public func quarryPageAddress(_ page: PagePointer?) -> UInt { PageFrames.address(of: page) }

@c(quarry_virt_to_page)
public func quarryVirtToPage(_ address: UInt) -> PagePointer? { PageFrames.frame(at: address) }

@c(quarry_compound_head)
public func quarryCompoundHead(_ page: PagePointer) -> PagePointer { PageFrames.head(of: page) }

@c(quarry_compound_order)
public func quarryCompoundOrder(_ page: PagePointer) -> UInt32 { PageFrames.compoundOrder(of: page) }

@c(quarry_accounted_pages)
public func quarryAccountedPages() -> UInt { Account.pages }

@c(quarry_pagetypeinfo)
public func quarryPagetypeinfo(_ stream: UnsafeMutableRawPointer) { PageTypeInfo.write(to: stream) }
