// RecordedMemory: the memory of a process as it was at one moment, which a test may then damage.

import CInspection
import Inspection
import TestSupport

struct RecordedMemory: MemorySource {
  var name = "a recording"
  let pageSize: UInt
  private let all: [Mapping]
  /// By address.
  private var segments: [Segment] = []

  private struct Segment {
    let range: Range<UInt>
    var bytes: [UInt8]
    var states: [PageState]
  }

  /// Copies what a heap consists of: writable memory that is not a stack, but for what is large.
  init(_ source: some MemorySource) throws {
    pageSize = source.pageSize
    all = try source.mappings()
    let page = Int(pageSize)
    for mapping in all where mapping.isWritable && mapping.isReadable && mapping.path != "[stack]" {
      guard mapping.range.count <= 8 << 20, let states = try source.pageStates(mapping.range) else { continue }
      var bytes = [UInt8](repeating: 0, count: mapping.range.count)
      for (number, state) in states.enumerated() where !state.isEmpty {
        _ = try bytes.withUnsafeMutableBytes { buffer in
          try source.read(
            mapping.range.lowerBound + UInt(number * page),
            into: .init(rebasing: buffer[number * page..<(number + 1) * page]))
        }
      }
      segments.append(Segment(range: mapping.range, bytes: bytes, states: states))
    }
  }

  private func segment(_ address: UInt) -> Int? { segments.firstIndex { $0.range.contains(address) } }

  /// Overwrites bytes, without any regard to where pages begin.
  mutating func write(_ bytes: [UInt8], at address: UInt) {
    guard let segment = segment(address) else { return }
    let start = Int(address - segments[segment].range.lowerBound)
    for (number, byte) in bytes.enumerated() where start + number < segments[segment].bytes.count {
      segments[segment].bytes[start + number] = byte
    }
    segments[segment].states[start / Int(pageSize)] = .resident
  }

  /// Where the records have the interval of samples.
  func sampleInterval(_ record: UInt) -> UInt {
    record + quarry_registry_offset() + UInt(MemoryLayout<quarry_registry>.offset(of: \.sample_interval)!)
  }

  /// Where the table of stacks lies, by the records.
  func stackTable(_ record: UInt) throws -> UInt? {
    let place = quarry_registry_offset() + UInt(MemoryLayout<quarry_registry>.offset(of: \.stacks)!)
    return try load(record + place, as: UInt.self)
  }

  func isRunning() throws -> Bool { false }

  func mappings() throws -> [Mapping] { all }

  func read(_ address: UInt, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let segment = segment(address).map({ segments[$0] }) else { return 0 }
    let start = Int(address - segment.range.lowerBound)
    let count = min(buffer.count, segment.bytes.count - start)
    segment.bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[start..<(start + count)])) }
    return count
  }

  func pageStates(_ range: Range<UInt>) throws -> [PageState]? {
    var states = [PageState](repeating: [], count: range.count / Int(pageSize))
    for segment in segments where segment.range.overlaps(range) {
      let common = segment.range.clamped(to: range)
      let from = Int((common.lowerBound - segment.range.lowerBound) / pageSize)
      let to = Int((common.lowerBound - range.lowerBound) / pageSize)
      for number in 0..<common.count / Int(pageSize) { states[to + number] = segment.states[from + number] }
    }
    return states
  }
}
