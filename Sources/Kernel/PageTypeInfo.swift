// PageTypeInfo: how pages are grouped by migrate type, in the words of /proc/pagetypeinfo.
import CShim
import Pages
import Platform
import Units

public enum PageTypeInfo {
  /// Writes the free blocks by type and order, and the pageblocks by type, to a stdio stream.
  public static func write(to stream: UnsafeMutableRawPointer) {
    line("Page block order: 9", stream)
    line("Pages per block:  512", stream)
    line("", stream)
    var head = Message(prefix: "Free pages count per migrate type at order ")
    for order in 0..<PageOrder.count { append(order, width: 6, to: &head) }
    head.write(to: stream)
    writeFree(.unmovable, "Node    0, zone   Normal, type    Unmovable ", stream)
    writeFree(.movable, "Node    0, zone   Normal, type      Movable ", stream)
    writeFree(.reclaimable, "Node    0, zone   Normal, type  Reclaimable ", stream)
    line("", stream)
    line("Number of blocks type     Unmovable      Movable  Reclaimable", stream)
    var blocks = Message(prefix: "Node 0, zone   Normal ")
    append(isUp ? Zone.shared.pageblocks(of: .unmovable) : 0, width: 12, to: &blocks)
    append(isUp ? Zone.shared.pageblocks(of: .movable) : 0, width: 12, to: &blocks)
    append(isUp ? Zone.shared.pageblocks(of: .reclaimable) : 0, width: 12, to: &blocks)
    blocks.write(to: stream)
  }

  private static var isUp: Bool { Zone.shared.extent != 0 }

  private static func writeFree(_ type: MigrateType, _ head: StaticString, _ stream: UnsafeMutableRawPointer) {
    var message = Message(prefix: head)
    for order in 0..<PageOrder.count {
      append(isUp ? Zone.shared.freeBlocks(of: type, order: order) : 0, width: 6, to: &message)
    }
    message.write(to: stream)
  }

  private static func line(_ text: StaticString, _ stream: UnsafeMutableRawPointer) {
    var message = Message(prefix: text)
    message.write(to: stream)
  }

  /// A number, right-aligned, after a blank.
  private static func append(_ number: Int, width: Int, to message: inout Message) {
    var digits = 1
    var rest = number / 10
    while rest > 0 {
      digits &+= 1
      rest /= 10
    }
    for _ in 0..<max(1, width &+ 1 &- digits) { message.append(" ") }
    message.append(decimal: UInt64(number))
  }
}
