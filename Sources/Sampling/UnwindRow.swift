// UnwindRow: how to get from a place in a function to its caller, with the three registers that nearly all code needs: the
// address of the instruction, the stack pointer, and the frame pointer. The canonical frame address (CFA) is what the stack
// pointer was before the call.

struct UnwindRow: Equatable {
  enum Kind: UInt8 {
    /// CFA = stack pointer + offset.
    case byStackPointer
    /// CFA = frame pointer + offset.
    case byFramePointer
    /// CFA = the word at frame pointer + offset: functions that align their stack.
    case behindFramePointer
    /// A signal's frame: the interrupted function's registers are on the stack.
    case signal
    /// The outermost function.
    case end
  }

  enum FramePointer: Equatable {
    /// As in the caller.
    case unchanged
    /// Saved so many bytes below the CFA.
    case saved(below: Int)
    /// Saved where it points to.
    case behindItself
  }

  let kind: Kind
  /// Bytes.
  let offset: Int
  let framePointer: FramePointer

  init(_ kind: Kind, offset: Int = 0, framePointer: FramePointer = .unchanged) {
    self.kind = kind
    self.offset = offset
    self.framePointer = framePointer
  }

  /// That of every function which keeps a frame pointer, once it has set it up.
  static var frame: UnwindRow { UnwindRow(.byFramePointer, offset: 16, framePointer: .saved(below: 16)) }

  // MARK: In 27 bits: the kind in 3, the offset's words in 14 with sign, where the frame pointer is in 10

  static var bits: UInt64 { 27 }
  private static var behindItself: UInt64 { 1023 }

  /// nil for the rare one that does not fit.
  var packed: UInt64? {
    if offset & 7 != 0 || offset < -(1 << 16) || offset >= 1 << 16 { return nil }
    let place: UInt64
    switch framePointer {
    case .unchanged: place = 0
    case .behindItself: place = Self.behindItself
    case .saved(let below):
      if below & 7 != 0 || below <= 0 || below >= Int(Self.behindItself) &* 8 { return nil }
      place = UInt64(below) / 8
    }
    let words = UInt64(bitPattern: Int64(offset / 8)) & 0x3fff
    return UInt64(kind.rawValue) &<< 24 | words &<< 10 | place
  }

  /// - Precondition: `packed` is what a row was packed into.
  init(packed: UInt64) {
    kind = Kind(rawValue: UInt8(packed &>> 24 & 7)) ?? .end
    offset = Int(Int64(bitPattern: packed &<< 40) &>> 50) &* 8
    let place = packed & 1023
    switch place {
    case 0: framePointer = .unchanged
    case Self.behindItself: framePointer = .behindItself
    default: framePointer = .saved(below: Int(place) &* 8)
    }
  }
}
