// Options: QUARRY_OPTIONS=name=value,…, read once when the heap comes up. A wrong one gets one line on standard error,
// and the default stays.
import CShim
import Pages
import Platform
import Units

enum Options {
  static func read() {
    quarry_registry_record().pointee.sample_interval = Tunables.sampleInterval
    let name: StaticString = "QUARRY_OPTIONS"
    guard let text = quarry_sys_option(UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)) else {
      return
    }
    var start = 0
    while text[start] != 0 {
      var end = start
      var equals = -1
      while text[end] != 0 && text[end] != 44 {
        if text[end] == 61 && equals < 0 { equals = end }
        end &+= 1
      }
      if end > start { set(text, start, equals < 0 ? end : equals, equals < 0 ? end : equals &+ 1, end) }
      start = text[end] == 0 ? end : end &+ 1
    }
  }

  private static func set(
    _ text: UnsafePointer<CChar>, _ nameStart: Int, _ nameEnd: Int, _ valueStart: Int, _ valueEnd: Int
  ) {
    func name(is word: StaticString) -> Bool { equal(text + nameStart, nameEnd &- nameStart, word) }
    func value(is word: StaticString) -> Bool { equal(text + valueStart, valueEnd &- valueStart, word) }
    let registry = quarry_registry_record()
    if name(is: "foreign") {
      if value(is: "abort") {
        registry.pointee.option_foreign = UInt32(QUARRY_FOREIGN_ABORT)
      } else if value(is: "libc") {
        registry.pointee.option_foreign = UInt32(QUARRY_FOREIGN_LIBC)
      } else if value(is: "ignore") {
        registry.pointee.option_foreign = UInt32(QUARRY_FOREIGN_IGNORE)
      } else {
        complain("foreign is one of abort (default), libc, ignore", text + valueStart, valueEnd &- valueStart)
      }
    } else if name(is: "deepbind") {
      if value(is: "0") || value(is: "1") {
        registry.pointee.option_drop_deepbind = value(is: "0") ? 1 : 0
      } else {
        complain("deepbind is one of 0, 1 (default)", text + valueStart, valueEnd &- valueStart)
      }
    } else if name(is: "limit") {
      if let bytes = size(text + valueStart, valueEnd &- valueStart), bytes >= leastLimit {
        Zone.shared.setLimit(pages: UInt64(bytes) &>> UInt64(Page.shift), min: 0)
      } else {
        complain(
          "limit is a number of bytes, of at least 1M, which may end in K, M or G", text + valueStart,
          valueEnd &- valueStart)
      }
    } else if name(is: "inspect") {
      if value(is: "any") {
        registry.pointee.option_inspect = 1
        quarry_sys_allow_inspection()
      } else {
        complain("inspect is any, or left out", text + valueStart, valueEnd &- valueStart)
      }
    } else if name(is: "sample") {
      if value(is: "off") {
        registry.pointee.sample_interval = 0
      } else if let bytes = size(text + valueStart, valueEnd &- valueStart), bytes >= 1, bytes <= mostInterval {
        registry.pointee.sample_interval = UInt64(bytes)
      } else {
        complain(
          "sample is off, or a mean number of bytes between samples, of 1 to 1024G, which may end in K, M or G",
          text + valueStart, valueEnd &- valueStart)
      }
    } else if name(is: "kswapd") {
      if value(is: "auto") {
        registry.pointee.option_kswapd = UInt32(QUARRY_KSWAPD_AUTO)
      } else if value(is: "on") {
        registry.pointee.option_kswapd = UInt32(QUARRY_KSWAPD_ON)
      } else if value(is: "off") {
        registry.pointee.option_kswapd = UInt32(QUARRY_KSWAPD_OFF)
      } else {
        complain("kswapd is one of auto (default), on, off", text + valueStart, valueEnd &- valueStart)
      }
    } else if name(is: "thp") {
      if value(is: "madvise") || value(is: "never") {
        Zone.shared.useHugePages(value(is: "madvise"))
      } else {
        complain("thp is one of madvise (default), never", text + valueStart, valueEnd &- valueStart)
      }
    } else {
      complain(
        """
        unknown option; known are foreign=abort|libc|ignore, deepbind=0|1, limit=BYTES, kswapd=auto|on|off, \
        thp=madvise|never, sample=BYTES|off, inspect=any
        """,
        text + nameStart, nameEnd &- nameStart)
    }
  }

  private static var leastLimit: UInt { 1 << 20 }
  private static var mostInterval: UInt { 1 << 40 }

  /// A number that may end in K, M or G.
  private static func size(_ text: UnsafePointer<CChar>, _ count: Int) -> UInt? {
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

  private static func complain(_ known: StaticString, _ given: UnsafePointer<CChar>, _ count: Int) {
    var message = Message()
    message.append("QUARRY_OPTIONS: \"")
    message.append(given, count: min(count, 64))
    message.append("\": ")
    message.append(known)
    message.write()
  }

  private static func equal(_ text: UnsafePointer<CChar>, _ count: Int, _ word: StaticString) -> Bool {
    if word.utf8CodeUnitCount != count { return false }
    for index in 0..<count where UInt8(bitPattern: text[index]) != word.utf8Start[index] { return false }
    return true
  }
}
