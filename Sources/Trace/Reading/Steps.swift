// All threads' requests in one order.

import TraceFormat

/// What happens at one sequence number.
public enum Step: Equatable, Sendable {
  case allocate(Event)
  case free(Event)
  /// A realloc gives up the block it was given; it may be another's before the realloc ends.
  case beginRealloc(Event)
  case endRealloc(Event)

  public var event: Event {
    switch self {
    case .allocate(let event), .free(let event), .beginRealloc(let event), .endRealloc(let event): event
    }
  }

  public var number: UInt64 {
    if case .beginRealloc(let event) = self { event.firstNumber } else { event.number }
  }
}

/// The steps of a trace by their numbers: a merge of its chunks, of which as many are open as threads wrote at once.
public struct Steps {
  private let file: TraceFile
  /// Chunks of events that are not open yet, the last first.
  private var waiting: [(sequence: UInt64, index: Int)] = []
  private var open: [Cursor] = []
  /// Of `open`, the one with the lowest number, and the lowest number of all others.
  private var current = 0
  private var limit: UInt64 = 0
  private var last: UInt64 = 0
  /// Steps so far.
  public private(set) var count: UInt64 = 0
  /// Bytes that the chunks of events hold.
  public private(set) var bytes = 0

  public init(_ file: TraceFile) throws {
    self.file = file
    for index in 0..<file.chunkCount {
      if case .events(let reader) = try file.chunk(index) { waiting.append((reader.lastNumber, index)) }
    }
    waiting.sort { ($0.sequence, $0.index) > ($1.sequence, $1.index) }
    try choose()
  }

  /// Numbers that no event has: at most two a thread in a file whose writer was killed, since a realloc takes two.
  public var missing: UInt64 { file.header.sequence - count }

  /// - Returns: nil at the end.
  /// - Throws: `TraceError` where the file is damaged, and at its end when more is missing than a crash explains.
  public mutating func next() throws -> Step? {
    guard !open.isEmpty else {
      try checkEnd()
      return nil
    }
    let step = open[current].step
    guard step.number > last, step.number <= file.header.sequence else { throw damage(open[current].index) }
    last = step.number
    count += 1
    if try !advance(current) {
      bytes += open[current].reader.position
      open.swapAt(current, open.count - 1)
      open.removeLast()
      try choose()
    } else if open[current].step.number > limit {
      try choose()
    }
    return step
  }

  private struct Cursor {
    var reader: EventReader
    var index: Int
    var step: Step
  }

  private mutating func advance(_ place: Int) throws -> Bool {
    if case .beginRealloc(let event) = open[place].step {
      open[place].step = .endRealloc(event)
      return true
    }
    guard let step = try read(&open[place].reader, open[place].index) else { return false }
    open[place].step = step
    return true
  }

  private func read(_ reader: inout EventReader, _ index: Int) throws -> Step? {
    do {
      guard let event = try reader.next() else { return nil }
      switch event.kind {
      case .free: return .free(event)
      case .realloc: return .beginRealloc(event)
      case .malloc, .calloc, .aligned: return .allocate(event)
      }
    } catch { throw damage(index) }
  }

  /// Opens the chunks whose turn it may be, and finds the lowest number.
  private mutating func choose() throws {
    while let next = waiting.last, open.allSatisfy({ $0.step.number > next.sequence }) {
      waiting.removeLast()
      guard case .events(var reader) = try file.chunk(next.index) else { continue }
      if let step = try read(&reader, next.index) {
        open.append(Cursor(reader: reader, index: next.index, step: step))
      }
    }
    current = 0
    limit = waiting.last?.sequence ?? .max
    for index in open.indices.dropFirst() {
      let number = open[index].step.number
      if number < open[current].step.number {
        limit = min(limit, open[current].step.number)
        current = index
      } else {
        limit = min(limit, number)
      }
    }
  }

  private func damage(_ index: Int) -> TraceError {
    TraceError("'\(file.path)' is damaged: chunk \(index) of \(file.chunkCount) holds what is no event")
  }

  private func checkEnd() throws {
    guard missing <= 2 * UInt64(file.header.threads) else {
      throw TraceError("'\(file.path)' is damaged: \(missing) of \(file.header.sequence) events are missing")
    }
  }
}
