// CacheMisuse: one line that names the object, its cache and, with SLAB_STORE_USER, who had it last; then the end of the
// process.
import CShim
import Pages
import Platform
import Slabs
import Units

enum CacheMisuse {
  /// - Parameter function: the name that the program called.
  @inline(never) static func doubleFree(_ function: StaticString, _ slab: ObjectSlab, _ index: Int) -> Never {
    var message = Misuse.begin(function, slab.address(index))
    message.append("double free")
    describe(slab, index, in: &message)
    Misuse.end(saying: message)
  }

  /// An address that is not an object of `cache`.
  @inline(never)
  static func wrong(_ function: StaticString, _ address: UInt, _ cache: UnsafeMutablePointer<kmem_cache>) -> Never {
    var message = Misuse.begin(function, address)
    message.append("not the start of an object of cache ")
    message.append(name: cache)
    if !describe(address, in: &message) { Misuse.describePlace(of: Zone.shared.offset(address), in: &message) }
    Misuse.end(saying: message)
  }

  /// An address on a page of the kernel interface where no object begins.
  @inline(never) static func invalid(_ function: StaticString, _ address: UInt) -> Never {
    var message = Misuse.begin(function, address)
    message.append("not the start of an object")
    _ = describe(address, in: &message)
    Misuse.end(saying: message)
  }

  /// A sheaf of another cache.
  @inline(never)
  static func wrongSheaf(_ sheaf: UnsafeMutablePointer<slab_sheaf>, _ cache: UnsafeMutablePointer<kmem_cache>) -> Never
  {
    var message = Message()
    message.append("a sheaf of cache ")
    message.append(name: sheaf.pointee.cache)
    message.append(" was used for cache ")
    message.append(name: cache)
    Misuse.end(saying: message)
  }

  /// Damage that a check of a debugged cache found.
  @inline(never)
  static func damage(_ what: StaticString, at address: UInt, _ slab: ObjectSlab, _ index: Int) -> Never {
    var message = Message()
    message.append(what)
    message.append(" at ")
    message.append(address: address)
    describe(slab, index, in: &message)
    message.append(" at ")
    message.append(address: slab.address(index))
    Misuse.end(saying: message)
  }

  /// - Returns: false when the address is in no object of a named cache.
  private static func describe(_ address: UInt, in message: inout Message) -> Bool {
    guard let (object, distance) = CacheObject.around(address) else { return false }
    describe(object.slab, object.index, distance, in: &message)
    return true
  }

  private static func describe(_ slab: ObjectSlab, _ index: Int, _ distance: UInt = 0, in message: inout Message) {
    message.append(": ")
    if distance > 0 {
      message.append(decimal: UInt64(distance))
      message.append(" bytes into ")
    }
    message.append("a ")
    message.append(decimal: UInt64(slab.cache.pointee.object_size))
    message.append("-byte object of cache ")
    message.append(name: slab.cache)
    appendUsers(slab, index, in: &message)
  }

  static func appendUsers(_ slab: ObjectSlab, _ index: Int, in message: inout Message) {
    if slab.cache.pointee.flags & SLAB_STORE_USER == 0 { return }
    let track = slab.track(index).pointee
    if track.allocated_by != 0 {
      message.append(", allocated by ")
      message.append(caller: track.allocated_by)
    }
    if track.freed_by != 0 {
      message.append(", freed by ")
      message.append(caller: track.freed_by)
    }
  }
}

extension Message {
  /// Appends where in the program an address is: function+0x12, or file+0x1234 where functions are unknown.
  mutating func append(caller address: UInt) {
    var offset: UInt = 0
    guard let symbol = quarry_symbol_of(address, &offset) else { return append(address: address) }
    append(text: symbol)
    append("+")
    append(address: offset)
  }
}
