// CallFrames: call frame information (DWARF 5, section 6.4, as .eh_frame has it) compiled to one row for one place in the
// code. What other registers do is passed over; what cannot be said in a row is nil.

struct CallFrames {
  // x86-64's numbers.
  private static var framePointer: UInt64 { 6 }
  private static var stackPointer: UInt64 { 7 }
  private static var returnAddress: UInt64 { 16 }

  private enum CFA {
    case register(UInt64, offset: Int)
    case behindFramePointer(offset: Int)
    case unknown
  }

  private struct State {
    var cfa = CFA.unknown
    var framePointer = UnwindRow.FramePointer?.some(.unchanged)
    var isEnd = false
  }

  private var state = State()
  private var initial = State()
  private var remembered = InlineArray<8, State>(repeating: State())
  private var depth = 0
  private var location: UInt = 0

  // Of the common information entry.
  private var codeAlignment: UInt64 = 1
  private var dataAlignment: Int64 = 1
  private var encoding: UInt8 = 0
  private var isSignal = false

  private init() {}

  /// The row for `place` of the function that a frame description entry tells of.
  /// - Parameter entry: its address.
  /// - Parameter low: where the object begins that holds the tables; `high`, its end.
  /// - Returns: nil when the function does not reach to `place`, or its row cannot be told.
  static func row(for place: UInt, entry: UInt, from low: UInt, to high: UInt) -> UnwindRow? {
    guard var description = content(entry, from: low, to: high) else { return nil }
    let field = description.next
    let distance = UInt(description.u32())
    if distance == 0 || distance > field &- low { return nil }
    guard var common = content(field &- distance, from: low, to: high) else { return nil }
    var frames = CallFrames()
    if !frames.readCommon(&common) { return nil }
    let start = description.encoded(frames.encoding)
    let length = description.encoded(frames.encoding, isRelative: false)
    // A leading z in every augmentation that is known: its data's length is there.
    _ = description.block()
    if description.hasFailed || place &- start >= length { return nil }
    if frames.isSignal { return UnwindRow(.signal) }
    frames.location = start
    if !frames.run(&common, upTo: .max) { return nil }
    frames.initial = frames.state
    frames.location = start
    if !frames.run(&description, upTo: place) { return nil }
    return frames.row
  }

  /// An entry's content behind its length.
  private static func content(_ entry: UInt, from low: UInt, to high: UInt) -> TableReader? {
    if entry < low || entry >= high { return nil }
    var reader = TableReader(entry, to: high)
    let length = UInt(reader.u32())
    if reader.hasFailed || length == 0 || length > high &- reader.next { return nil }
    return TableReader(reader.next, to: reader.next &+ length)
  }

  private mutating func readCommon(_ reader: inout TableReader) -> Bool {
    let id = reader.u32()
    let version = reader.u8()
    if id != 0 || (version != 1 && version != 3) || reader.u8() != UInt8(ascii: "z") { return false }
    var letters = reader
    while reader.u8() != 0 {}
    codeAlignment = reader.uleb()
    dataAlignment = reader.sleb()
    let returnAddress = version == 1 ? UInt64(reader.u8()) : reader.uleb()
    var data = reader.block()
    while true {
      switch letters.u8() {
      case 0: return returnAddress == Self.returnAddress && !reader.hasFailed && !data.hasFailed
      case UInt8(ascii: "R"): encoding = data.u8()
      case UInt8(ascii: "P"): _ = data.encoded(data.u8())
      case UInt8(ascii: "L"): _ = data.u8()
      case UInt8(ascii: "S"): isSignal = true
      default: return false
      }
    }
  }

  /// Follows instructions as long as they are of `place` or before it.
  private mutating func run(_ reader: inout TableReader, upTo place: UInt) -> Bool {
    while !reader.isAtEnd {
      let instruction = reader.u8()
      let operand = UInt64(instruction & 0x3f)
      switch instruction &>> 6 {
      case 1: location = location &+ UInt(operand &* codeAlignment)
      case 2: save(operand, Int64(bitPattern: reader.uleb()) &* dataAlignment)
      case 3: restore(operand)
      default: if !follow(instruction, &reader) { return false }
      }
      if location > place { return true }
    }
    return !reader.hasFailed
  }

  private mutating func follow(_ instruction: UInt8, _ reader: inout TableReader) -> Bool {
    switch instruction {
    case 0x00: break  // nop
    case 0x01: location = reader.encoded(encoding)  // set_loc
    case 0x02: location = location &+ UInt(UInt64(reader.u8()) &* codeAlignment)  // advance_loc1, 2, 4
    case 0x03: location = location &+ UInt(UInt64(reader.u16()) &* codeAlignment)
    case 0x04: location = location &+ UInt(UInt64(reader.u32()) &* codeAlignment)
    case 0x05:  // offset_extended
      let register = reader.uleb()
      save(register, Int64(bitPattern: reader.uleb()) &* dataAlignment)
    case 0x11:  // offset_extended_sf
      let register = reader.uleb()
      save(register, reader.sleb() &* dataAlignment)
    case 0x06: restore(reader.uleb())  // restore_extended
    case 0x07: lose(reader.uleb())  // undefined
    case 0x08:  // same_value
      if reader.uleb() == Self.framePointer { state.framePointer = .unchanged }
    case 0x09, 0x14:  // register, val_offset
      change(reader.uleb())
      _ = reader.uleb()
    case 0x15:  // val_offset_sf
      change(reader.uleb())
      _ = reader.sleb()
    case 0x0a:  // remember_state
      if depth == 8 { return false }
      remembered[depth] = state
      depth &+= 1
    case 0x0b:  // restore_state
      if depth == 0 { return false }
      depth &-= 1
      state = remembered[depth]
    case 0x0c:  // def_cfa
      let register = reader.uleb()
      state.cfa = .register(register, offset: Int(truncatingIfNeeded: reader.uleb()))
    case 0x12:  // def_cfa_sf
      let register = reader.uleb()
      state.cfa = .register(register, offset: Int(reader.sleb() &* dataAlignment))
    case 0x0d:  // def_cfa_register
      guard case .register(_, let offset) = state.cfa else { return false }
      state.cfa = .register(reader.uleb(), offset: offset)
    case 0x0e: return setOffset(Int(truncatingIfNeeded: reader.uleb()))  // def_cfa_offset
    case 0x13: return setOffset(Int(reader.sleb() &* dataAlignment))  // def_cfa_offset_sf
    case 0x0f:  // def_cfa_expression
      var expression = reader.block()
      state.cfa =
        Self.wordBehindFramePointer(&expression, isRead: true).map { .behindFramePointer(offset: $0) } ?? .unknown
    case 0x10, 0x16:  // expression, val_expression
      let register = reader.uleb()
      var expression = reader.block()
      let isPlain = instruction == 0x10 && Self.wordBehindFramePointer(&expression, isRead: false) == 0
      if register == Self.framePointer && isPlain { state.framePointer = .behindItself } else { change(register) }
    case 0x2e: _ = reader.uleb()  // GNU_args_size
    default: return false
    }
    return true
  }

  /// The offset of an expression for the word that far from the frame pointer.
  /// - Parameter isRead: whether the expression's value is the word, rather than its address.
  private static func wordBehindFramePointer(_ expression: inout TableReader, isRead: Bool) -> Int? {
    // DW_OP_breg6, DW_OP_deref
    if expression.u8() != 0x76 { return nil }
    let offset = Int(expression.sleb())
    if isRead && expression.u8() != 0x06 { return nil }
    return expression.isAtEnd && !expression.hasFailed ? offset : nil
  }

  private mutating func setOffset(_ offset: Int) -> Bool {
    guard case .register(let register, _) = state.cfa else { return false }
    state.cfa = .register(register, offset: offset)
    return true
  }

  private mutating func save(_ register: UInt64, _ offset: Int64) {
    if register == Self.framePointer { state.framePointer = .saved(below: Int(-offset)) }
    if register == Self.returnAddress && offset != -8 { state.cfa = .unknown }
  }

  private mutating func restore(_ register: UInt64) {
    if register == Self.framePointer { state.framePointer = initial.framePointer }
    if register == Self.returnAddress { state.isEnd = initial.isEnd }
  }

  private mutating func lose(_ register: UInt64) {
    // The outermost function says so, and nothing else does.
    if register == Self.returnAddress { state.isEnd = true } else { change(register) }
  }

  /// A register's value in the caller cannot be told.
  private mutating func change(_ register: UInt64) {
    if register == Self.framePointer { state.framePointer = nil }
  }

  private var row: UnwindRow? {
    if state.isEnd { return UnwindRow(.end) }
    // A frame pointer that is not known any more may not be needed any more.
    let framePointer = state.framePointer ?? .unchanged
    switch state.cfa {
    case .register(Self.stackPointer, let offset):
      return UnwindRow(.byStackPointer, offset: offset, framePointer: framePointer)
    case .register(Self.framePointer, let offset):
      return UnwindRow(.byFramePointer, offset: offset, framePointer: framePointer)
    case .behindFramePointer(let offset):
      return UnwindRow(.behindFramePointer, offset: offset, framePointer: framePointer)
    default: return nil
    }
  }
}
