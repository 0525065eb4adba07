// Message: one line of text, built without allocating. What is beyond 255 bytes is left out.
import CShim

public struct Message: ~Copyable {
  private var bytes: InlineArray<256, UInt8>
  private var count: Int

  public init(prefix: StaticString = "quarry: ") {
    bytes = InlineArray(repeating: 0)
    count = 0
    append(prefix)
  }

  @inline(never) public mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { for byte in $0 { append(byte: byte) } }
  }

  @inline(never) public mutating func append(byte: UInt8) {
    // One place is kept for the end of the line.
    if count < 255 {
      bytes[count] = byte
      count &+= 1
    }
  }

  @inline(never) public mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    append(byte: 48 &+ UInt8(truncatingIfNeeded: value % 10))
  }

  @inline(never) public mutating func append(address: UInt) {
    append("0x")
    var shift = 60
    while shift > 0 && (address &>> UInt(shift)) == 0 { shift &-= 4 }
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: (address &>> UInt(shift)) & 15)
      append(byte: digit < 10 ? 48 &+ digit : 87 &+ digit)
      shift &-= 4
    }
  }

  /// Appends the first `length` bytes of a text.
  @inline(never) public mutating func append(_ text: UnsafePointer<CChar>, count length: Int) {
    for index in 0..<length { append(byte: UInt8(bitPattern: text[index])) }
  }

  /// The text so far, for a function of C.
  public mutating func withText<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    bytes[count] = 0
    return withUnsafePointer(to: &bytes) { body(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)) }
  }

  /// Ends the line and writes it in one call, to standard error or to a stdio stream, and begins an empty one.
  public mutating func write(to stream: UnsafeMutableRawPointer? = nil) {
    bytes[count] = 10
    let length = count &+ 1
    withUnsafePointer(to: &bytes) {
      if let stream { quarry_stream_write(stream, $0, length) } else { quarry_sys_write_error($0, length) }
    }
    count = 0
  }
}
