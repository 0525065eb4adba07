// Protocol buffers' wire format, as much of it as profiles need: numbers, texts, messages, and packed numbers.

/// Writes one message. What is zero or empty is left out, as the format has it.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  private mutating func add(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func number(_ field: UInt64, _ value: some BinaryInteger) {
    if value == 0 { return }
    add(field << 3)
    add(UInt64(truncatingIfNeeded: value))
  }

  /// Writes bytes even when there are none: repeated fields count their elements.
  mutating func bytes(_ field: UInt64, _ content: some Collection<UInt8>) {
    add(field << 3 | 2)
    add(UInt64(content.count))
    bytes += content
  }

  mutating func message(_ field: UInt64, _ write: (inout ProtobufWriter) -> Void) {
    var message = ProtobufWriter()
    write(&message)
    bytes(field, message.bytes)
  }

  mutating func numbers(_ field: UInt64, _ values: [some BinaryInteger]) {
    var content = ProtobufWriter()
    for value in values { content.add(UInt64(truncatingIfNeeded: value)) }
    if !values.isEmpty { bytes(field, content.bytes) }
  }
}

/// Reads one message, field by field.
struct ProtobufReader {
  enum Value {
    case number(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  /// The bytes are no message.
  struct Malformed: Error {}

  private var rest: ArraySlice<UInt8>

  init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

  /// - Returns: nil at the end.
  mutating func next() throws -> (field: UInt64, value: Value)? {
    if rest.isEmpty { return nil }
    let key = try number()
    switch key & 7 {
    case 0: return (key >> 3, .number(try number()))
    case 1: return (key >> 3, .bytes(try take(8)))
    case 2: return (key >> 3, .bytes(try take(try number())))
    case 5: return (key >> 3, .bytes(try take(4)))
    default: throw Malformed()
    }
  }

  private mutating func number() throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { throw Malformed() }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw Malformed()
  }

  private mutating func take(_ count: UInt64) throws -> ArraySlice<UInt8> {
    guard count <= UInt64(rest.count) else { throw Malformed() }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }

  /// The numbers of a field that may be packed or not.
  static func numbers(_ value: Value) throws -> [UInt64] {
    switch value {
    case .number(let number): return [number]
    case .bytes(let bytes):
      var reader = ProtobufReader(bytes)
      var numbers: [UInt64] = []
      while !reader.rest.isEmpty { numbers.append(try reader.number()) }
      return numbers
    }
  }
}
