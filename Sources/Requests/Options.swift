// Options: QUARRY_OPTIONS=name=value,…, read once when the heap comes up. A wrong one gets one line on standard error,
// and the default stays.
import CShim
import Pages
import Platform
import Units

enum Options {
  private static var leastLimit: UInt { 1 << 20 }
  private static var mostInterval: UInt { 1 << 40 }

  private static var registry: UnsafeMutablePointer<quarry_registry> { quarry_registry_record() }

  static func read() {
    registry.pointee.sample_interval = Tunables.sampleInterval
    let name: StaticString = "QUARRY_OPTIONS"
    guard let text = quarry_sys_option(UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)) else {
      return
    }
    var start = 0
    while text[start] != 0 {
      var end = start
      var equals = -1
      while text[end] != 0 && text[end] != Word.comma {
        if text[end] == Word.equals && equals < 0 { equals = end }
        end &+= 1
      }
      let nameEnd = equals < 0 ? end : equals
      let value = equals < 0 ? end : equals &+ 1
      if end > start { set(Word(text + start, nameEnd &- start), to: Word(text + value, end &- value)) }
      start = text[end] == 0 ? end : end &+ 1
    }
  }

  private static func set(_ name: Word, to value: Word) {
    func accept(_ isKnown: Bool, _ known: StaticString) { if !isKnown { value.complain(known) } }
    if name.is("foreign") {
      accept(setForeign(value), "foreign is one of abort (default), libc, ignore")
    } else if name.is("deepbind") {
      accept(setDeepbind(value), "deepbind is one of 0, 1 (default)")
    } else if name.is("limit") {
      accept(setLimit(value), "limit is a number of bytes, of at least 1M, which may end in K, M or G")
    } else if name.is("inspect") {
      accept(setInspect(value), "inspect is any, or left out")
    } else if name.is("sample") {
      accept(
        setSample(value),
        "sample is off, or a mean number of bytes between samples, of 1 to 1024G, which may end in K, M or G")
    } else if name.is("kswapd") {
      accept(setKswapd(value), "kswapd is one of auto (default), on, off")
    } else if name.is("thp") {
      accept(setHugePages(value), "thp is one of madvise (default), never")
    } else {
      name.complain(
        """
        unknown option; known are foreign=abort|libc|ignore, deepbind=0|1, limit=BYTES, kswapd=auto|on|off, \
        thp=madvise|never, sample=BYTES|off, inspect=any
        """)
    }
  }

  // MARK: Each sets an option, or returns false for a value that it does not know

  private static func setForeign(_ value: Word) -> Bool {
    let mode = value.choice(
      ("abort", QUARRY_FOREIGN_ABORT), ("libc", QUARRY_FOREIGN_LIBC), ("ignore", QUARRY_FOREIGN_IGNORE))
    guard let mode else { return false }
    registry.pointee.option_foreign = mode
    return true
  }

  private static func setDeepbind(_ value: Word) -> Bool {
    if !value.is("0") && !value.is("1") { return false }
    registry.pointee.option_drop_deepbind = value.is("0") ? 1 : 0
    return true
  }

  private static func setLimit(_ value: Word) -> Bool {
    guard let bytes = value.bytes, bytes >= leastLimit else { return false }
    Zone.shared.setLimit(pages: UInt64(bytes) &>> UInt64(Page.shift), min: 0)
    return true
  }

  private static func setInspect(_ value: Word) -> Bool {
    if !value.is("any") { return false }
    registry.pointee.option_inspect = 1
    quarry_sys_allow_inspection()
    return true
  }

  private static func setSample(_ value: Word) -> Bool {
    if value.is("off") {
      registry.pointee.sample_interval = 0
      return true
    }
    guard let bytes = value.bytes, bytes >= 1, bytes <= mostInterval else { return false }
    registry.pointee.sample_interval = UInt64(bytes)
    return true
  }

  private static func setKswapd(_ value: Word) -> Bool {
    let mode = value.choice(("auto", QUARRY_KSWAPD_AUTO), ("on", QUARRY_KSWAPD_ON), ("off", QUARRY_KSWAPD_OFF))
    guard let mode else { return false }
    registry.pointee.option_kswapd = mode
    return true
  }

  private static func setHugePages(_ value: Word) -> Bool {
    if !value.is("madvise") && !value.is("never") { return false }
    Zone.shared.useHugePages(value.is("madvise"))
    return true
  }
}

/// A name or a value: a part of the variable's text.
private struct Word {
  static var comma: CChar { 44 }
  static var equals: CChar { 61 }

  private let text: UnsafePointer<CChar>
  private let count: Int

  init(_ text: UnsafePointer<CChar>, _ count: Int) {
    self.text = text
    self.count = count
  }

  func `is`(_ word: StaticString) -> Bool {
    if word.utf8CodeUnitCount != count { return false }
    for index in 0..<count where UInt8(bitPattern: text[index]) != word.utf8Start[index] { return false }
    return true
  }

  typealias Choice = (word: StaticString, mode: Int32)

  /// The mode whose word this is; nil when it is none of the three.
  func choice(_ first: Choice, _ second: Choice, _ third: Choice) -> UInt32? {
    if `is`(first.word) { return UInt32(first.mode) }
    if `is`(second.word) { return UInt32(second.mode) }
    return `is`(third.word) ? UInt32(third.mode) : nil
  }

  /// A number that may end in K, M or G; nil for anything else.
  var bytes: UInt? {
    var value: UInt = 0
    for index in 0..<count {
      let byte = UInt8(bitPattern: text[index])
      if byte >= 48 && byte <= 57 {
        let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carry) = shifted.addingReportingOverflow(UInt(byte &- 48))
        if overflow || carry { return nil }
        value = sum
        continue
      }
      let shift: UInt = byte == 75 ? 10 : byte == 77 ? 20 : byte == 71 ? 30 : 0
      if shift == 0 || index &+ 1 != count || (value &<< shift) &>> shift != value { return nil }
      return value &<< shift
    }
    return value
  }

  /// Writes one line that says what would be right.
  func complain(_ known: StaticString) {
    var message = Message()
    message.append("QUARRY_OPTIONS: \"")
    message.append(text, count: min(count, 64))
    message.append("\": ")
    message.append(known)
    message.write()
  }
}
