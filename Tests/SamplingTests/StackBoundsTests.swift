import Testing

@testable import Sampling

@Suite("How far stacks reach")
struct StackBoundsTests {
  private let main: UInt = 0x7ffd_0000_0000
  private let thread: UInt = 0x7f00_0000_0000

  private func end(of stackPointer: UInt, isFirst: Bool) -> UInt? {
    StackBounds.ownEnd(above: stackPointer, thread: thread, isFirst: isFirst, main: main)
  }

  @Test func aThreadsStackLiesBelowItsStorage() {
    #expect(end(of: thread - 4096, isFirst: false) == thread)
    #expect(end(of: thread - 64 << 20, isFirst: false) == nil)
    #expect(end(of: thread + 4096, isFirst: false) == nil)
  }

  /// What is directly below the first thread's storage is a coroutine's, and may be gone tomorrow.
  @Test func theFirstThreadsDoesNot() {
    #expect(end(of: main - 4096, isFirst: true) == main)
    #expect(end(of: thread - 4096, isFirst: true) == nil)
  }

  /// In the child of a fork, a thread's stack may be all that is left; and any thread may ask before it is known which is first.
  @Test func theFirstStackIsAnyones() {
    #expect(end(of: main - 4096, isFirst: false) == main)
  }

  /// ARM's signatures lie in the bits that no address has.
  @Test func signaturesAreTakenOff() {
    #expect(StackWalk.unsigned(0x00b4_ffff_1234_5678, addressBits: 48) == 0xffff_1234_5678)
    #expect(StackWalk.unsigned(0xfff4_0000_1234_5678, addressBits: 48) == 0x1234_5678)
    #expect(StackWalk.unsigned(0xfff4_0000_1234_5678, addressBits: 64) == 0xfff4_0000_1234_5678)
  }
}
