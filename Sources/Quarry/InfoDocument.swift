// InfoDocument: what malloc_info writes. The zone is the one heap that it tells of; blocks with mappings of their own come in
// the sums behind it.
import Platform
import Requests
import Units

struct InfoDocument {
  private let stream: UnsafeMutableRawPointer
  private let survey: Survey

  /// - Parameter stream: a stdio stream.
  init(_ stream: UnsafeMutableRawPointer) {
    self.stream = stream
    survey = Survey.take()
  }

  func write() {
    line("<malloc version=\"1\">")
    line("<heap nr=\"0\">")
    writeSizes()
    writeFree()
    writeSystem(bytes: survey.opened)
    line("</heap>")
    writeFree()
    line("<total type=\"mmap\"", count: survey.mappedCount, size: survey.mapped)
    writeSystem(bytes: survey.opened &+ survey.mapped)
    line("</malloc>")
  }

  private func writeSizes() {
    line("<sizes>")
    let classes = ClassSurveys.take()
    var smaller = 0
    for number in SizeClass.all {
      let sizeClass = SizeClass(number)
      let one = classes[sizeClass]
      if one.pages > 0 { writeSize(from: smaller &+ 1, to: sizeClass.objectSize, free: one.home &+ one.away) }
      smaller = sizeClass.objectSize
    }
    line("</sizes>")
  }

  private func writeSize(from least: Int, to most: Int, free: Int) {
    var message = Message(prefix: "<size from=\"")
    message.append(decimal: UInt64(least))
    message.append("\" to=\"")
    message.append(decimal: UInt64(most))
    message.append("\" total=\"")
    message.append(decimal: UInt64(free &* most))
    message.append("\" count=\"")
    message.append(decimal: UInt64(free))
    message.append("\"/>")
    message.write(to: stream)
  }

  /// What is free: in the lists of threads, and elsewhere.
  private func writeFree() {
    line("<total type=\"fast\"", count: survey.awayCount, size: survey.awayObjects)
    line(
      "<total type=\"rest\"", count: survey.homeCount &+ survey.freeBlocks,
      size: survey.opened &- survey.live &- survey.awayObjects)
  }

  private func writeSystem(bytes: Int) {
    line("<system type=\"current\"", size: bytes)
    line("<system type=\"max\"", size: bytes)
    line("<aspace type=\"total\"", size: bytes)
    line("<aspace type=\"mprotect\"", size: bytes)
  }

  // MARK: Lines

  private func line(_ text: StaticString) {
    var message = Message(prefix: text)
    message.write(to: stream)
  }

  private func line(_ head: StaticString, count: Int, size: Int) {
    var message = Message(prefix: head)
    message.append(" count=\"")
    message.append(decimal: UInt64(count))
    message.append("\" size=\"")
    message.append(decimal: UInt64(size))
    message.append("\"/>")
    message.write(to: stream)
  }

  private func line(_ head: StaticString, size: Int) {
    var message = Message(prefix: head)
    message.append(" size=\"")
    message.append(decimal: UInt64(size))
    message.append("\"/>")
    message.write(to: stream)
  }
}
