import Glibc
import TestSupport
import Testing

@testable import Platform

@Suite("Message")
struct MessageTests {
  @Test func textNumbersAndAddressesBecomeOneLine() throws {
    let text = try written { stream in
      var message = Message()
      message.append("free(")
      message.append(address: 0x7f00_0000_0a10)
      message.append("): ")
      message.append(decimal: 48)
      message.append(" bytes")
      message.write(to: stream)
    }
    #expect(text == "quarry: free(0x7f0000000a10): 48 bytes\n")
  }

  @Test(arguments: [0, 9, 10, 4096, UInt64.max])
  func numbersAreDecimal(number: UInt64) throws {
    let text = try written { stream in
      var message = Message(prefix: "")
      message.append(decimal: number)
      message.write(to: stream)
    }
    #expect(text == "\(number)\n")
  }

  @Test(arguments: [0, 1, 0xf, 0x10, 0xabc_def0, UInt.max])
  func addressesAreHexadecimalWithoutLeadingZeros(address: UInt) throws {
    let text = try written { stream in
      var message = Message(prefix: "")
      message.append(address: address)
      message.write(to: stream)
    }
    #expect(text == "0x" + String(address, radix: 16) + "\n")
  }

  @Test func aPartOfAStringIsAppended() throws {
    let text = try written { stream in
      var message = Message(prefix: "<")
      "foreign=libc".withCString { message.append($0, count: 7) }
      message.append(">")
      message.write(to: stream)
    }
    #expect(text == "<foreign>\n")
  }

  @Test func aLineThatIsTooLongIsCutAndStillEnds() throws {
    let text = try written { stream in
      var message = Message()
      for _ in 0..<100 { message.append("0123456789") }
      message.write(to: stream)
    }
    #expect(text.utf8.count == 256)
    #expect(text.hasPrefix("quarry: 0123456789"))
    #expect(text.hasSuffix("\n"))
    #expect(text.filter { $0 == "\n" }.count == 1)
  }

  @Test func aMessageIsEmptyAfterItWasWritten() throws {
    let text = try written { stream in
      var message = Message()
      message.write(to: stream)
      message.append("next")
      message.write(to: stream)
    }
    #expect(text == "quarry: \nnext\n")
  }

  /// What `body` writes to a stream in memory.
  private func written(_ body: (UnsafeMutableRawPointer) -> Void) throws -> String {
    var bytes: UnsafeMutablePointer<CChar>?
    var count = 0
    let stream = try #require(open_memstream(&bytes, &count))
    body(UnsafeMutableRawPointer(stream))
    fclose(stream)
    defer { free(bytes) }
    return String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
  }
}
