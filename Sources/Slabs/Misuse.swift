// Misuse: one line that names the pointer, what is wrong with it and where it lies, then the end of the process.
import CShim
import Pages
import Platform
import Synchronization
import Units

public enum Misuse {
  /// Ends the process. The caller may hold locks: should a handler of SIGABRT allocate, the thread passes them. When
  /// several threads come here at once, the first one writes its line; the others wait for the end, but not for ever,
  /// since a handler may have prevented it.
  public static func end(saying message: consuming Message) -> Never {
    let speaker = atomic(quarry_registry_speaker(HeapRegistry.shared.record))
    let first = speaker.pointee.compareExchange(
      expected: 0, desired: quarry_thread_identity(), ordering: .relaxed
    ).original
    if first != 0 && first != quarry_thread_identity() {
      for _ in 0..<Tunables.lastPatience { quarry_sys_yield() }
    }
    message.write()
    Fork.begin()
    quarry_sys_abort()
  }

  /// A free object whose link was overwritten: a write after free, or past the end of the object before it.
  @inline(never) static func overwritten(_ offset: UInt64) -> Never {
    var message = Message()
    message.append("free object ")
    message.append(address: Zone.shared.address(offset: offset))
    message.append(" was written to after it was freed")
    describePlace(of: offset, in: &message)
    end(saying: message)
  }

  /// - Parameter function: the name that the program called.
  @inline(never)
  public static func doubleFree(_ function: StaticString, _ address: UInt) -> Never {
    var message = begin(function, address)
    message.append("double free")
    describePlace(of: Zone.shared.offset(address), in: &message)
    end(saying: message)
  }

  @inline(never)
  public static func invalid(_ function: StaticString, _ address: UInt) -> Never {
    let zone = Zone.shared
    let offset = zone.offset(address)
    var message = begin(function, address)
    if offset < UInt64(zone.extent) {
      if let place = Place(of: offset) {
        // An object whose page is as if never carved, since all of it was free.
        message.append(place.isObject ? "double free, or never allocated" : "not the start of a block")
        place.describe(in: &message)
      } else {
        message.append("pointer into free pages of the heap: double free, or never allocated")
      }
    } else if let area = VirtualAreas.shared.area(holding: address) {
      message.append("not the start of a block: ")
      message.append(decimal: UInt64(address &- area.address))
      message.append(" bytes into a mapped block of ")
      message.append(decimal: UInt64(area.bytes))
      message.append(" bytes at ")
      message.append(address: area.address)
    } else {
      message.append("pointer not from this allocator (a stack or static address, another allocator's, or freed)")
    }
    end(saying: message)
  }

  /// The beginning of every line: which function was given what.
  public static func begin(_ function: StaticString, _ address: UInt) -> Message {
    var message = Message()
    message.append(function)
    message.append("(")
    message.append(address: address)
    message.append("): ")
    return message
  }

  /// Appends what block an offset lies in, if it is within the zone and in one.
  public static func describePlace(of offset: UInt64, in message: inout Message) {
    if offset >= UInt64(Zone.shared.extent) { return }
    Place(of: offset)?.describe(in: &message)
  }
}

/// The slab or run that an offset lies in, found without trusting the page that it points to.
struct Place {
  let first: PageIndex
  let offset: UInt64
  let frame: UnsafeMutablePointer<quarry_frame>

  /// Searches backwards for the head of a block that reaches to `offset`.
  /// - Complexity: linear in the pages of the block; for messages only.
  init?(of offset: UInt64) {
    let zone = Zone.shared
    let page = PageIndex(offset: offset)
    var candidate = page
    while candidate.rawValue > 0 {
      let frame = zone.frame(candidate)
      if frame.pointee.kind != 0 {
        let isFree = frame.pointee.kind == QUARRY_FRAME_KEPT
        if isFree || page.int &- candidate.int >= Int(frame.pointee.pages) { return nil }
        self.first = candidate
        self.offset = offset
        self.frame = frame
        return
      }
      candidate = candidate - 1
    }
    return nil
  }

  /// Whether it is the start of one of a slab's objects.
  var isObject: Bool {
    if frame.pointee.kind != QUARRY_FRAME_SLAB { return false }
    let size = UInt64(SizeClass(Int(frame.pointee.size_class)).objectSize)
    let position = offset &- first.offset
    return position % size == 0 && position / size < UInt64(frame.pointee.capacity)
  }

  func describe(in message: inout Message) {
    let position = offset &- first.offset
    if frame.pointee.kind == QUARRY_FRAME_SLAB {
      let size = UInt64(SizeClass(Int(frame.pointee.size_class)).objectSize)
      message.append(": ")
      if position / size >= UInt64(frame.pointee.capacity) {
        message.append("behind the last object of a slab of cache malloc-")
      } else {
        if position % size != 0 {
          message.append(decimal: position % size)
          message.append(" bytes into ")
        }
        message.append("a ")
        message.append(decimal: size)
        message.append("-byte object of cache malloc-")
      }
      message.append(decimal: size)
    } else {
      message.append(": ")
      if position != 0 {
        message.append(decimal: position)
        message.append(" bytes into ")
      }
      message.append("a block of ")
      message.append(decimal: UInt64(frame.pointee.pages))
      message.append(" pages at ")
      message.append(address: Zone.shared.address(first))
    }
  }
}
