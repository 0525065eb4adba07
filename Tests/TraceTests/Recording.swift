// A program that writes down what it asks for, run under the recorder, and what the two say.

import Foundation
import TestSupport

@testable import Trace

/// A request as the program's own log has it.
struct Request: Equatable {
  var kind: Event.Kind
  var order: UInt8
  var size: UInt64
  var old: UInt64
  var address: UInt64

  init(_ event: Event) {
    (kind, order, size, old, address) = (event.kind, event.order, event.size, event.old, event.address)
  }

  /// - Returns: nil where the log ends.
  init?(record: UnsafeRawBufferPointer) {
    guard let kind = Event.Kind(rawValue: record[0]) else { return nil }
    self.kind = kind
    order = record[4]
    size = record.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    old = record.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
    address = record.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
  }
}

/// One run under the recorder.
struct Recording {
  static let programs = Library.packageRoot + "/Tests/TraceTests/Programs/"
  static let release = Library.packageRoot + "/.build/release/"

  let folder: String
  let program: String
  let outcome: Outcome
  var path: String { folder + "/trace" }

  /// - Parameter allocator: "quarry", or the C library's.
  init(_ source: String, _ arguments: [String], over allocator: String, deadline: Duration = .seconds(600)) throws {
    folder = try Scratch.folder()
    program = try Tools.compile(Self.programs + source, flags: ["-I", Self.programs])
    var command = Command(program, [folder + "/log"] + arguments)
    command.environment = try Self.environment(trace: folder + "/trace", over: allocator)
    command.deadline = deadline
    outcome = try command.run()
  }

  static let recorder = release + "libquarry-trace.so"

  /// - Parameter allocator: "quarry", or the C library's.
  static func environment(trace: String, over allocator: String) throws -> [String: String] {
    guard FileManager.default.fileExists(atPath: recorder) else {
      throw Failure("no library at \(recorder): run `swift build -c release` first")
    }
    let libraries = allocator == "quarry" ? [recorder, try Library.path()] : [recorder]
    return Command.plainEnvironment.merging(
      ["LD_PRELOAD": libraries.joined(separator: ":"), "QUARRY_TRACE": trace]
    ) { $1 }
  }

  /// What the program wrote down, by region.
  func log(regions: Int) throws -> [[Request]] {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/log"))
    let recordBytes = 32
    let regionBytes = data.count / regions
    return data.withUnsafeBytes { bytes in
      (0..<regions).map { region in
        var requests: [Request] = []
        for offset in stride(from: region * regionBytes, to: (region + 1) * regionBytes, by: recordBytes) {
          let record = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + recordBytes])
          guard let request = Request(record: record) else { break }
          requests.append(request)
        }
        return requests
      }
    }
  }

  /// What the program's own code asked for, by the trace's threads.
  func requests(in trace: TraceFile) throws -> [[Request]] {
    let modules = try Modules(trace)
    var threads: [UInt32: [Request]] = [:]
    var isOwn: [UInt64: Bool] = [:]
    var steps = try Steps(trace)
    while let step = try steps.next() {
      if case .beginRealloc = step { continue }
      let caller = step.event.caller
      let own = isOwn[caller] ?? modules.name(of: caller).hasPrefix(program + "+")
      isOwn[caller] = own
      if own { threads[step.event.thread, default: []].append(Request(step.event)) }
    }
    return threads.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Traces of other processes, by their paths.
  func otherTraces() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("trace.") }.sorted()
      .map { "\(folder)/\($0)" }
  }
}
