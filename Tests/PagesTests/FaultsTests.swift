import TestSupport
import Testing

@testable import Platform

/// The other tests rely on faults: a fault that does not strike would let them pass.
@Suite("Faults")
struct FaultsTests {
  @Test func theNamedCallFailsUntilCleared() throws {
    defer { Faults.clear() }
    Faults.fail(.map)
    #expect(System.map(bytes: 4096) == nil)
    #expect(System.map(bytes: 4096) == nil)
    #expect(Faults.struck == 2)
    let reserved = try #require(System.reserve(bytes: 4096))
    System.unmap(reserved, bytes: 4096)
    Faults.clear()
    let mapped = try #require(System.map(bytes: 4096))
    System.unmap(mapped, bytes: 4096)
  }

  @Test func aFaultWaitsAndEndsAsItIsTold() throws {
    defer { Faults.clear() }
    let mapped = try #require(System.map(bytes: 4096))
    defer { System.unmap(mapped, bytes: 4096) }
    Faults.fail(.purge, after: 2, times: 1)
    let outcomes = (0..<5).map { _ in System.purge(mapped, bytes: 4096) }
    #expect(outcomes == [true, true, false, true, true])
  }

  @Test func otherThreadsAreSpared() throws {
    defer { Faults.clear() }
    Faults.fail(.map)
    try Threads.run(1) { _ in
      let mapped = System.map(bytes: 4096)
      try check(mapped != nil, "another thread's fault struck")
      System.unmap(mapped!, bytes: 4096)
    }
    #expect(Faults.struck == 0)
  }

  @Test func theClockStandsStill() {
    defer { Faults.clear() }
    Faults.clock = 42
    #expect(System.milliseconds == 42)
    Faults.fail(.map)
    #expect(System.milliseconds == 42)
    Faults.clear()
    #expect(System.milliseconds != 42)
  }
}

@Suite("System")
struct SystemTests {
  @Test func purgedPagesReadAsZero() throws {
    let address = try #require(System.map(bytes: 8192))
    defer { System.unmap(address, bytes: 8192) }
    let words = UnsafeMutablePointer<UInt64>(bitPattern: address)!
    for word in 0..<1024 { words[word] = .max }
    #expect(System.purge(address + 4096, bytes: 4096))
    #expect((0..<512).allSatisfy { words[$0] == .max })
    #expect((512..<1024).allSatisfy { words[$0] == 0 })
  }

  @Test func nothingIsMappedOverWhatIsThere() throws {
    let address = try #require(System.map(bytes: 4096))
    defer { System.unmap(address, bytes: 4096) }
    let word = UnsafeMutablePointer<UInt64>(bitPattern: address)!
    word.pointee = 7
    #expect(System.open(address, bytes: 4096, reserved: false) == .occupied)
    #expect(word.pointee == 7)
  }

  @Test func reservedAddressesOpenInSteps() throws {
    let address = try #require(System.reserve(bytes: 1 << 20))
    defer { System.unmap(address, bytes: 1 << 20) }
    #expect(System.open(address, bytes: 1 << 16, reserved: true) == .done)
    #expect(System.open(address + 1 << 16, bytes: 1 << 16, reserved: true) == .done)
    UnsafeMutablePointer<UInt64>(bitPattern: address + 1 << 17 - 8)!.pointee = 7
  }

  /// What moved into a larger mapping is one mapping there: it can grow again.
  @Test func movedPagesLeaveNothingBehind() throws {
    let from = try #require(System.map(bytes: 12288))
    defer { System.unmap(from + 8192, bytes: 4096) }
    UnsafeMutablePointer<UInt64>(bitPattern: from)!.pointee = 7
    let to = try #require(System.movePages(from, bytes: 8192, to: 32768))
    #expect(UnsafeMutablePointer<UInt64>(bitPattern: to)!.pointee == 7)
    #expect(UnsafeMutablePointer<UInt64>(bitPattern: to + 32768 - 8)!.pointee == 0)
    #expect(!isMapped(from))
    let grown = try #require(System.remap(to, from: 32768, to: 1 << 20, mayMove: true))
    #expect(UnsafeMutablePointer<UInt64>(bitPattern: grown)!.pointee == 7)
    System.unmap(grown, bytes: 1 << 20)
  }

  /// Where pages could grow in place, they stay there as they were.
  @Test func pagesWithNothingBehindThemStay() throws {
    // 13 TiB: where the system puts nothing by itself.
    let from: UInt = 13 << 40
    #expect(System.open(from, bytes: 8192, reserved: false) == .done)
    defer { System.unmap(from, bytes: 8192) }
    UnsafeMutablePointer<UInt64>(bitPattern: from)!.pointee = 7
    #expect(System.movePages(from, bytes: 8192, to: 32768) == nil)
    #expect(UnsafeMutablePointer<UInt64>(bitPattern: from)!.pointee == 7)
    #expect(!isMapped(from + 8192))
  }
}
