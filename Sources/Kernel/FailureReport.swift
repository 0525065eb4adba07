// FailureReport: what is said when a request fails, after the kernel's: which request, and the state of the zone. At most
// one in ten seconds, so that a program that lives with failures is not buried in them.
import CShim
import Pages
import Platform
import Synchronization
import Units

enum FailureReport {
  static func write(order: Int, _ gfp: Gfp) {
    let time = quarry_kernel_memory_report_time(KernelMemory.record)
    if !Pace.isDue(time, every: Tunables.reportMilliseconds) { return }
    var message = Message()
    message.append("page allocation failure: order:")
    message.append(decimal: UInt64(order))
    message.append(", mode:")
    gfp.append(to: &message)
    message.write()
    let isLow = gfp.isLow
    state(
      of: isLow ? LowZones.record(for: gfp) : Zone.shared.record,
      isLow ? gfp.has(___GFP_DMA) ? "DMA" : "DMA32" : "Normal")
  }

  /// A request larger than any of its kind can be.
  static func tooLarge(_ bytes: UInt, _ limit: UInt, _ gfp: Gfp) {
    var message = Message()
    message.append("request for ")
    message.append(decimal: UInt64(bytes))
    message.append(" bytes, mode:")
    gfp.append(to: &message)
    message.append(": at most ")
    message.append(decimal: UInt64(limit))
    message.write()
  }

  /// A zone in figures, read without its lock: a handler that interrupted it may have to report.
  private static func state(of record: UnsafeMutablePointer<quarry_zone>, _ name: StaticString) {
    func append(_ name: StaticString, pages: UInt64, to message: inout Message) {
      message.append(name)
      message.append(decimal: pages &<< UInt64(Page.shift - 10))
      message.append("kB")
    }
    var sizes = Message()
    sizes.append(name)
    append(" open:", pages: UInt64(record.pointee.extent) &>> UInt64(Page.shift), to: &sizes)
    append(" free:", pages: record.pointee.free_pages, to: &sizes)
    append(" resident:", pages: record.pointee.touched_free_pages, to: &sizes)
    if record.pointee.limit_pages != 0 {
      append(" charged:", pages: Zone.shared.chargedPages, to: &sizes)
      append(" limit:", pages: record.pointee.limit_pages, to: &sizes)
      append(" min:", pages: record.pointee.min_pages, to: &sizes)
      append(" low:", pages: KernelMemory.record.pointee.low_pages, to: &sizes)
      append(" high:", pages: KernelMemory.record.pointee.high_pages, to: &sizes)
    }
    sizes.write()
    var blocks = Message()
    blocks.append(name)
    blocks.append(":")
    for order in 0..<PageOrder.count {
      let count = Zone(record).freeBlocks(order: order)
      if count == 0 { continue }
      blocks.append(" ")
      blocks.append(decimal: UInt64(count))
      append("*", pages: 1 &<< UInt64(order), to: &blocks)
    }
    append(" = ", pages: record.pointee.free_pages, to: &blocks)
    blocks.write()
  }
}
