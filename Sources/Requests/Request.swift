// Request: from a size to a block, and from a pointer back to its owner. Small sizes go to the thread's lists, up to
// 32 MiB to runs of pages, larger ones to mappings of their own. See Sources/README.md, "malloc(24), step by step".
import CShim
import Pages
import Platform
import Sampling
import Slabs
import Units

public enum Request {
  /// A block of at least `size` bytes from the thread's list, or what the slow way returns.
  /// - Parameter large: the way for sizes above those of the first table, `QUARRY_TABLE_LIMIT`.
  /// - Returns: its address, 0 when there is no memory.
  @inline(__always) public static func allocate(
    _ size: UInt, large: (UInt) -> UInt, otherwise slow: (UInt) -> UInt
  ) -> UInt {
    if size > UInt(QUARRY_TABLE_LIMIT) { return large(size) }
    let table = quarry_zone_code_of_size(Zone.shared.record)
    let code = UInt64(table[Int(bitPattern: (size &+ 7) &>> 3)])
    return Heap.current.pop(code: code, counting: size, otherwise: { slow(size) })
  }

  /// The same for sizes above those of the first table.
  @inline(__always) public static func allocateLarge(_ size: UInt, otherwise slow: (UInt) -> UInt) -> UInt {
    if size > UInt(QUARRY_OBJECT_LIMIT) { return slow(size) }
    let table = quarry_zone_code_of_large_size(Zone.shared.record)
    let code = UInt64(table[Int(bitPattern: (size &+ 127) &>> 7)])
    return Heap.current.pop(code: code, counting: size, otherwise: { slow(size) })
  }

  /// A block of at least `size` bytes at a multiple of `alignment` from the thread's list, or what the slow way returns:
  /// always where the alignment is no power of two, or the size 0.
  @inline(__always) public static func allocate(_ size: UInt, alignment: UInt, otherwise slow: () -> UInt) -> UInt {
    let below = alignment &- 1
    if alignment & below != 0 { return slow() }
    // The class of a multiple of the alignment has objects that are aligned, too, as slabs begin at pages. This is the least
    // multiple that will do, less one; of size 0, or without an alignment, more than any.
    let last = (size &- 1) | below
    let code: UInt8
    if last < UInt(QUARRY_TABLE_LIMIT) {
      code = quarry_zone_code_of_size(Zone.shared.record)[Int(bitPattern: last &>> 3 &+ 1)]
    } else if last < UInt(QUARRY_OBJECT_LIMIT) && alignment <= UInt(Page.size) {
      code = quarry_zone_code_of_large_size(Zone.shared.record)[Int(bitPattern: last &>> 7 &+ 1)]
    } else {
      return slow()
    }
    return Heap.current.pop(code: UInt64(code), counting: size, otherwise: slow)
  }

  /// A block of at least `size` bytes: its address, 0 when there is no memory; errno is the caller's to set.
  @inline(never) public static func allocate(_ size: UInt) -> UInt {
    if size > UInt(Tunables.largestObject) { return allocatePages(size, alignment: 1, zeroed: false) }
    return allocateObject(SizeClass(serving: Int(bitPattern: size)), for: size, isExact: false)
  }

  /// The same, but never an object of a larger class, which may be aligned less.
  public static func allocateExactly(_ size: UInt) -> UInt {
    if size > UInt(Tunables.largestObject) { return allocatePages(size, alignment: 1, zeroed: false) }
    return allocateObject(SizeClass(serving: Int(bitPattern: size)), for: size, isExact: true)
  }

  /// The usual slow way of malloc: an object of the thread's heap, whose list is empty.
  /// - Returns: its address; 0 when that is not all that has to be done, and the caller goes the general way.
  @inline(__always) public static func allocateFromSlabs(_ size: UInt) -> UInt {
    let heap = Heap.current
    if size > UInt(Tunables.largestObject) || !heap.isReal || !heap.count(size) { return 0 }
    return heap.popSlow(SizeClass(serving: Int(bitPattern: size)), isExact: false)
  }

  /// An object of a class, or of a slightly larger one.
  /// - Parameter isExact: whether the object has to be of this class, since larger ones may be aligned less.
  /// - Returns: its address, 0 when there is no memory.
  @inline(never) static func allocateObject(_ sizeClass: SizeClass, for size: UInt, isExact: Bool) -> UInt {
    var heap = Heap.current
    if !heap.isReal {
      guard let own = ThreadHeap.obtain() else {
        return Boot.isUp ? HeapRegistry.shared.allocateShared(sizeClass) : 0
      }
      heap = own
    }
    if heap.isDue(after: size) { return allocateDue(sizeClass, for: size, heap) }
    return heap.pop(sizeClass, otherwise: { heap.popSlow(sizeClass, isExact: isExact) })
  }

  /// A block of at least `size` bytes from the thread's list that reads as zero, or what another way returns.
  /// - Parameter large: the way for sizes above those of the first table.
  @inline(__always) public static func allocateZeroed(
    _ size: UInt, large: (UInt) -> UInt, otherwise slow: (UInt) -> UInt
  ) -> UInt {
    if size > UInt(QUARRY_TABLE_LIMIT) { return large(size) }
    return zeroed(size, allocate(size, large: { _ in 0 }, otherwise: { _ in 0 }), otherwise: slow)
  }

  /// The same for sizes above those of the first table.
  @inline(__always) public static func allocateLargeZeroed(_ size: UInt, otherwise slow: (UInt) -> UInt) -> UInt {
    zeroed(size, allocateLarge(size, otherwise: { _ in 0 }), otherwise: slow)
  }

  /// The block, cleared, or what the slow way returns if there is none.
  @inline(__always) private static func zeroed(_ size: UInt, _ block: UInt, otherwise slow: (UInt) -> UInt) -> UInt {
    block == 0 ? slow(size) : quarry_clear(block, Int(bitPattern: size))
  }

  @inline(__always) public static func clear(_ address: UInt, bytes: Int) {
    UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
      .initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  /// A block of at least `size` bytes at a multiple of `alignment`.
  /// - Precondition: `alignment` is a power of two.
  public static func allocate(_ size: UInt, alignment: UInt) -> UInt {
    if alignment <= 16 { return allocate(alignment > 8 && size <= 8 ? 16 : size) }
    if alignment <= UInt(Page.size) && size <= UInt(Tunables.largestObject) {
      // The class of a multiple of the alignment has objects that are aligned, too, as slabs begin at pages.
      let rounded = ((max(size, 1) &- 1) | (alignment &- 1)) &+ 1
      return allocateObject(SizeClass(serving: Int(rounded)), for: size, isExact: true)
    }
    return allocatePages(size, alignment: alignment, zeroed: false)
  }

  /// Gives a block back. Does nothing for 0.
  @inline(__always) public static func free(_ address: UInt) {
    Heap.current.push(address, otherwise: { freeElsewhere(address) })
  }

  @inline(never) static func freeElsewhere(_ address: UInt) {
    Heap.current.sendAway(address, otherwise: { freeSlow(address, "free") })
  }

  /// The same, for a function of another name.
  /// - Parameter function: the name that the program called, for messages.
  @inline(__always) public static func free(_ address: UInt, _ function: StaticString) {
    Heap.current.push(address, otherwise: { freeElsewhere(address, function) })
  }

  @inline(never) private static func freeElsewhere(_ address: UInt, _ function: StaticString) {
    Heap.current.sendAway(address, otherwise: { freeSlow(address, function) })
  }

  @inline(never) static func freeSlow(_ address: UInt, _ function: StaticString) {
    if address == 0 { return }
    switch Block(address, function) {
    case .object(let object, var entry):
      var heap = Heap.current
      // A thread that only frees needs a heap, too, for its sheaves. It may get the one that owns the slab, or another heap may
      // have adopted the slab meanwhile: so the owner is read again.
      if !heap.isReal, let own = ThreadHeap.obtain() {
        heap = own
        entry = Entry(Zone.shared.entry(holding: object).pointee)
      }
      if heap.isReal && entry.owner == heap.number {
        heap.pushChecked(object, entry)
      } else {
        heap.sendAway(object, entry)
      }
    case .run(let page): freeRun(page, function, address)
    case .area: if !VirtualAreas.shared.free(address) { Misuse.doubleFree(function, address) }
    case .kernel(let hooks): hooks.free(address, function)
    case .foreign: Foreign.free(address, function)
    }
  }

  /// The first page of the run that begins at an address; nil unless one does.
  @inline(__always) static func run(at address: UInt) -> PageIndex? {
    let zone = Zone.shared
    let offset = zone.offset(address)
    if offset >= UInt64(zone.extent) || offset & UInt64(Page.size &- 1) != 0 { return nil }
    let page = PageIndex(offset: offset)
    return Entry(zone.entry(page).pointee).isRun ? page : nil
  }

  /// Bytes that the program may use of an object or a run; what the slow way returns for any other block.
  @inline(__always) public static func usableSize(_ address: UInt, otherwise slow: (UInt) -> UInt) -> UInt {
    if let size = Heap.objectSize(at: address) { return UInt(bitPattern: size) }
    guard let page = run(at: address) else { return slow(address) }
    return UInt(bitPattern: usableSize(ofRun: page))
  }

  private static func usableSize(ofRun page: PageIndex) -> Int {
    Sample.sizeClass(at: page)?.objectSize ?? bytes(ofRun: page)
  }

  /// Bytes that the program may use of a block.
  public static func usableSize(_ address: UInt, _ function: StaticString) -> Int {
    if address == 0 { return 0 }
    switch Block(address, function) {
    case .object(_, let entry): return entry.sizeClass.objectSize
    case .run(let page): return usableSize(ofRun: page)
    case .area(let bytes): return bytes
    case .kernel(let hooks): return hooks.usableSize(address, function)
    case .foreign: return Foreign.usableSize(address, function)
    }
  }
}

/// What a pointer of the program points to, after every check that the slow paths make.
enum Block {
  case object(UInt64, Entry)
  case run(PageIndex)
  case area(Int)
  /// Of the kernel interface, which serves it.
  case kernel(KernelHooks)
  case foreign

  /// Ends the process when the pointer is not the start of a live block, as far as can be told.
  init(_ address: UInt, _ function: StaticString) {
    let zone = Zone.shared
    let offset = zone.offset(address)
    if offset >= UInt64(zone.extent) {
      if let bytes = VirtualAreas.shared.size(of: address) {
        self = .area(bytes)
      } else if let hooks = KernelHooks.installed, hooks.holds(address) {
        self = .kernel(hooks)
      } else {
        self = .foreign
      }
      return
    }
    let entry = Entry(zone.entry(PageIndex(offset: offset)).pointee)
    if entry.isKernel {
      guard let hooks = KernelHooks.installed else { Misuse.invalid(function, address) }
      self = .kernel(hooks)
    } else if entry.isOwned {
      if !entry.mayBegin(at: offset) { Misuse.invalid(function, address) }
      if Heap.looksFree(offset) {
        let frame = zone.frame(entry.slab)
        if entry.position(offset) / UInt64(entry.sizeClass.objectSize) >= UInt64(frame.pointee.capacity) {
          Misuse.invalid(function, address)
        }
        if Heap.current.isFree(offset, entry) { Misuse.doubleFree(function, address) }
      }
      self = .object(offset, entry)
    } else if entry.isRun && offset & UInt64(Page.size &- 1) == 0 {
      self = .run(PageIndex(offset: offset))
    } else {
      Misuse.invalid(function, address)
    }
  }
}
