// Reallocation: in place where the block has room, by moving page tables where it is large, else by copying.
import CShim
import Pages
import Platform
import Sampling
import Slabs
import Units

extension Request {
  /// Resizes a live block as the general way below does, if it is an object and stays where it is; else another way.
  /// - Parameter moving: the way for objects, with what the page map says of them.
  /// - Parameter slow: the way for everything else.
  @inline(__always) public static func reallocate(
    _ address: UInt, _ size: UInt, moving: (UInt, UInt, Entry) -> UInt, otherwise slow: (UInt, UInt) -> UInt
  ) -> UInt {
    guard let entry = Heap.entry(ofObjectAt: address) else { return slow(address, size) }
    return entry.isMostlyFilled(by: size) ? address : moving(address, size, entry)
  }

  /// Resizes a live object with what the thread's lists have, or goes the slow way.
  @inline(__always) public static func moveObject(
    _ address: UInt, _ entry: Entry, to size: UInt, otherwise slow: (UInt, UInt) -> UInt
  ) -> UInt {
    if size == 0 { return slow(address, size) }
    let object = entry.sizeClass.objectSize
    if fits(size, object) { return address }
    let moved = allocate(size, large: { allocateLarge($0, otherwise: { _ in 0 }) }, otherwise: { _ in 0 })
    if moved == 0 { return slow(address, size) }
    copy(from: address, to: moved, bytes: min(object, Int(bitPattern: size)))
    Heap.current.push(address, of: entry, otherwise: { freeElsewhere(address) })
    return moved
  }

  /// Resizes a live run that has just as many pages with the new size, or goes the slow way. It stays the sample that it
  /// is, or none: were its sample dropped as often as the new size calls for, one that shrinks and grows in turn would lose it.
  @inline(__always) public static func resizeWithinPages(
    _ address: UInt, to size: UInt, otherwise slow: (UInt, UInt) -> UInt
  ) -> UInt {
    if size <= UInt(Tunables.largestObject) || size > UInt(Tunables.largestRun) { return slow(address, size) }
    let pages = length(holding: Page.count(bytes: Int(bitPattern: size)))
    guard let page = run(at: address), bytes(ofRun: page) == pages &<< Page.shift else { return slow(address, size) }
    if var sample = Sample(at: page) {
      sample.size = UInt64(size)
      sample.write(at: page, sizeClass: nil)
    }
    return address
  }

  /// Resizes a live block to at least `size` bytes, keeping its content.
  /// - Precondition: `size` is above 0.
  /// - Returns: its address; 0 when there is no memory, and the block stays as it was.
  @inline(never)
  public static func reallocate(_ address: UInt, _ size: UInt, _ function: StaticString) -> UInt {
    if size > UInt(Int.max) &- Zone.step { return 0 }
    let bytes = Int(bitPattern: size)
    let usable: Int
    var growing = false
    switch Block(address, function) {
    case .object(_, let entry):
      usable = entry.sizeClass.objectSize
      if fits(size, usable) { return address }
    case .run(let page):
      if let sizeClass = Sample.sizeClass(at: page) {
        let object = sizeClass.objectSize
        return fits(size, object) ? address : move(address, object, to: size, function)
      }
      usable = self.bytes(ofRun: page)
      let sample = Sample(at: page)
      if bytes > Tunables.largestObject && bytes <= Tunables.largestRun {
        if resizeRun(page, to: length(holding: Page.count(bytes: bytes))) {
          recount(sample, at: address, from: usable, to: size)
          return address
        }
      }
      if bytes > usable && usable >= Tunables.moveBytes, !hasResidentRoom(for: bytes),
        let moved = moveOut(page, bytes: usable, to: bytes)
      {
        recount(sample, at: moved, from: usable, to: size)
        return moved
      }
      growing = bytes > usable
    case .area(let mapped):
      usable = mapped
      if bytes > Tunables.largestRun / 2 {
        let sample = Sample(ofArea: address)
        if let moved = VirtualAreas.shared.resize(address, to: bytes) {
          recount(sample, at: moved, from: usable, to: size)
          return moved
        }
      }
    case .kernel(let hooks):
      usable = hooks.usableSize(address, function)
      if bytes <= usable { return address }
    case .foreign:
      return Foreign.reallocate(address, size, function)
    }
    // A run that had to move once gets some room, untouched so far, because what grew once tends to grow again.
    return move(address, usable, to: size, room: growing ? size / 8 : 0, function)
  }

  /// Whether an object stays where it is with any new size: it is large enough, and no more than twice as large, so that
  /// going back and forth costs nothing.
  @inline(__always) private static func fits(_ size: UInt, _ object: Int) -> Bool {
    size <= UInt(object) && (size &* 2 >= UInt(object) || object <= 16)
  }

  /// Copies a block of `usable` bytes to a new place.
  /// - Parameter room: bytes that the new one has beyond `size`, where there is memory for them.
  /// - Returns: 0 when there is no memory for a larger one; a smaller one stays where it is then.
  @inline(__always) private static func move(
    _ address: UInt, _ usable: Int, to size: UInt, room: UInt = 0, _ function: StaticString
  ) -> UInt {
    var moved: UInt = 0
    if room > 0 && size > UInt(Tunables.largestObject) {
      moved = allocatePages(size, room: room, alignment: 1, zeroed: false)
    }
    if moved == 0 {
      moved = allocate(size)
    }
    let bytes = Int(bitPattern: size)
    if moved == 0 { return bytes <= usable ? address : 0 }
    copy(from: address, to: moved, bytes: min(usable, bytes))
    Heap.current.push(address, otherwise: { freeElsewhere(address) })
    return moved
  }

  public static func copy(from source: UInt, to destination: UInt, bytes: Int) {
    UnsafeMutableRawPointer(bitPattern: destination).unsafelyUnwrapped
      .copyMemory(from: UnsafeRawPointer(bitPattern: source).unsafelyUnwrapped, byteCount: bytes)
  }

  /// Whether the zone has so much that is free but resident that a block is copied there. That costs less than to move
  /// its page tables: the pages that it grows by need no faults, and the zone keeps those that it leaves.
  private static func hasResidentRoom(for bytes: Int) -> Bool {
    bytes <= Tunables.largestRun && Zone.shared.residentFreeBytes >= bytes &* 4
  }

  /// Gives a growing run a mapping of its own, to which its page tables move without a copy.
  private static func moveOut(_ page: PageIndex, bytes usable: Int, to bytes: Int) -> UInt? {
    let zone = Zone.shared
    let areas = VirtualAreas.shared
    let unit = Int(System.pageSize)
    let from = zone.address(page)
    if areas.count >= Tunables.areaLimit || Int(from) & (unit &- 1) != 0 || usable & (unit &- 1) != 0 { return nil }
    let pages = usable &>> Page.shift
    zone.mapBehind(page + pages)
    guard let moved = areas.allocate(moving: from, bytes: usable, to: bytes) else { return nil }
    zone.unwatch(page)
    zone.entry(page).pointee = 0
    zone.frame(page).pointee.kind = 0
    if moved.isReopened { zone.freeZeroed(page, pages) } else { zone.enterUnmapped(page, pages) }
    return moved.address
  }
}
