// Files that are no traces, or no whole ones: each gets one line, and none brings the reader down.

import Foundation
import TestSupport
import Testing

@testable import Trace

@Suite("Damage")
struct DamageTests {
  private func read(_ path: String) throws {
    let trace = try TraceFile(path: path)
    _ = try Analysis(trace)
    _ = try Plan(trace)
  }

  private func message(_ bytes: Data) throws -> String? {
    let path = try Scratch.folder() + "/given"
    try bytes.write(to: URL(fileURLWithPath: path))
    do {
      try read(path)
      return nil
    } catch let error as TraceError {
      #expect(!error.description.contains("\n"))
      return error.description.replacing(path, with: "FILE")
    }
  }

  private static let good: Result<Data, any Error> = Result {
    let run = try Recording("sequence.c", ["1", "3", "20000"], over: "glibc")
    return try Data(contentsOf: URL(fileURLWithPath: run.path))
  }

  @Test func whatIsNoTrace() throws {
    #expect(try message(Data()) == "'FILE' is empty: give a file that 'quarry trace record' wrote")
    let foreign = "'FILE' is not a trace: give a file that 'quarry trace record' wrote"
    #expect(try message(Data("#!/bin/sh\n".utf8)) == foreign)
    #expect(try message(Data(repeating: 0, count: 100_000)) == foreign)
    #expect(throws: TraceError("cannot read '/no/such/file': No such file or directory")) { try read("/no/such/file") }
    #expect(throws: TraceError("'/' is not a file: give one that 'quarry trace record' wrote")) { try read("/") }
  }

  @Test func whatIsCutOff() throws {
    let good = try Self.good.get()
    #expect(try message(good) == nil)
    #expect(try message(good.prefix(100)) == "'FILE' is cut off: it has 100 bytes, and its header 4096")
    #expect(try message(good.prefix(4096 + 70_000)) == "'FILE' is cut off: its last chunk is not whole")
    let short = try #require(try message(good.prefix(4096 + 2 * 65536)))
    #expect(short.hasPrefix("'FILE' is damaged: ") && short.hasSuffix(" events are missing"))
  }

  @Test func anotherVersion() throws {
    var other = try Self.good.get()
    other[8] = 9
    #expect(try message(other) == "'FILE' is a trace of version 9, and this tool reads version 1")
  }

  /// A change in a finished chunk is always found; in an unfinished one it may be, and does no harm.
  @Test func randomDamage() throws {
    let good = try Self.good.get()
    let chunkBytes = 64 << 10
    try takeSteps(60, seed: 11) { random in
      var bad = good
      let place = 4096 + random.below(bad.count - 4096)
      for offset in 0..<random.in(1...8) where place + offset < bad.count {
        bad[place + offset] ^= UInt8(random.in(1...255))
      }
      let chunk = 4096 + (place - 4096) / chunkBytes * chunkBytes
      let isFinished = good[chunk + 16..<chunk + 24].contains { $0 != 0 }
      let found = try message(bad)
      if isFinished { try check(found != nil, "damage at \(place) was not found") }
    }
  }

  @Test func randomHeaders() throws {
    let good = try Self.good.get()
    try takeSteps(60, seed: 12) { random in
      var bad = good
      for _ in 0..<random.in(1...4) { bad[12 + random.below(60)] = UInt8(random.below(256)) }
      _ = try message(bad)
    }
  }
}
