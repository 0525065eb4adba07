// TableReader: numbers and addresses in the unwind tables of a loaded object, in DWARF's encodings. Reads nothing outside of
// its range: beyond the end everything is 0, and `hasFailed` is set.
import CShim

struct TableReader {
  private(set) var next: UInt
  private let end: UInt
  private(set) var hasFailed = false

  /// - Precondition: `start` to `end` is readable.
  init(_ start: UInt, to end: UInt) {
    next = start
    self.end = end
    if start > end { fail() }
  }

  var isAtEnd: Bool { next >= end }

  private mutating func fail() {
    hasFailed = true
    next = end
  }

  private mutating func read<Value: FixedWidthInteger>(_: Value.Type) -> Value {
    let size = UInt(MemoryLayout<Value>.size)
    if next > end || end &- next < size {
      fail()
      return 0
    }
    let value = UnsafeRawPointer(bitPattern: next).unsafelyUnwrapped.loadUnaligned(as: Value.self)
    next = next &+ size
    return value
  }

  mutating func u8() -> UInt8 { read(UInt8.self) }
  mutating func u16() -> UInt16 { read(UInt16.self) }
  mutating func u32() -> UInt32 { read(UInt32.self) }
  mutating func i32() -> Int32 { read(Int32.self) }

  mutating func uleb() -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while !hasFailed {
      let byte = u8()
      if shift < 64 { value |= UInt64(byte & 0x7f) &<< shift }
      if byte & 0x80 == 0 { break }
      shift = shift &+ 7
    }
    return value
  }

  mutating func sleb() -> Int64 {
    var value: Int64 = 0
    var shift: Int64 = 0
    while !hasFailed {
      let byte = u8()
      if shift < 64 { value |= Int64(byte & 0x7f) &<< shift }
      shift = shift &+ 7
      if byte & 0x80 != 0 { continue }
      if byte & 0x40 != 0 && shift < 64 { value |= -1 &<< shift }
      break
    }
    return value
  }

  mutating func skip(_ bytes: UInt64) {
    if bytes > UInt64(end &- next) { fail() } else { next = next &+ UInt(bytes) }
  }

  /// The rest of a block that begins here with its length.
  mutating func block() -> TableReader {
    let bytes = uleb()
    let start = next
    skip(bytes)
    return TableReader(start, to: hasFailed ? start : next)
  }

  /// An address in an encoding of DW_EH_PE_*: a number, absolute or relative to its own place.
  /// - Parameter isRelative: false for lengths, which have an encoding's format, and no place.
  mutating func encoded(_ encoding: UInt8, isRelative: Bool = true) -> UInt {
    let place = next
    let number: UInt
    switch encoding & 0x0f {
    case 0x00, 0x04, 0x0c: number = read(UInt.self)
    case 0x01: number = UInt(truncatingIfNeeded: uleb())
    case 0x02: number = UInt(read(UInt16.self))
    case 0x03: number = UInt(read(UInt32.self))
    case 0x09: number = UInt(bitPattern: Int(sleb()))
    case 0x0a: number = UInt(bitPattern: Int(read(Int16.self)))
    case 0x0b: number = UInt(bitPattern: Int(read(Int32.self)))
    default:
      fail()
      return 0
    }
    if !isRelative { return number }
    switch encoding & 0xf0 {
    case 0x00: return number
    case 0x10: return place &+ number
    // Indirect ones are of personality routines alone, and passed over.
    case 0x80, 0x90: return 0
    default:
      fail()
      return 0
    }
  }
}
