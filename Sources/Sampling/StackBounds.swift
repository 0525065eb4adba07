// StackBounds: how far up a stack may be read. In code that uses the register for something else a frame pointer may be
// anything, so nothing is read that is not certain to be mapped.
//
// A thread's own stack ends below its thread pointer, the first thread's below what the system put on it at the start. The
// system is asked once whether everything up to there is mapped, and again when the stack went deeper; a stack lasts as
// long as its thread. On other stacks, of handlers and coroutines, it is asked each time, for a short way.
import CShim
import Platform
import Slabs
import Units

struct StackBounds {
  /// The first address beyond.
  let end: UInt

  /// Farthest that a stack's end is looked for.
  private static var most: UInt { 16 << 20 }

  /// - Parameter isCurrent: whether the stack pointer is that of a function which is being executed, so that its page is there.
  init(of stackPointer: UInt, _ heap: Heap, isCurrent: Bool) {
    let record = heap.record
    if stackPointer >= record.pointee.stack_low && stackPointer < record.pointee.stack_high {
      end = record.pointee.stack_high
      return
    }
    let page = System.pageSize
    let low = stackPointer & ~(page &- 1)
    if let top = Self.ownEnd(above: stackPointer), Self.isReadable(low, to: top, page) {
      record.pointee.stack_low = low
      record.pointee.stack_high = top
      end = top
    } else {
      end = isCurrent || System.isReadable(low, bytes: page) ? Self.otherEnd(above: low &+ page) : low
    }
  }

  private static func ownEnd(above stackPointer: UInt) -> UInt? {
    let thread = quarry_thread_pointer()
    return ownEnd(
      above: stackPointer, thread: thread, isFirst: thread == quarry_sys_first_thread(),
      main: quarry_sys_main_stack_end())
  }

  /// Where the thread's own stack ends, if the stack pointer may be on it.
  /// - Parameter thread: the thread pointer. What lies below that of the first thread is not its stack, but may be a
  ///   coroutine's, which is gone some day.
  /// - Parameter main: where the stack ends that the system made.
  static func ownEnd(above stackPointer: UInt, thread: UInt, isFirst: Bool, main: UInt) -> UInt? {
    if !isFirst && thread > stackPointer && thread &- stackPointer < most { return thread }
    return main > stackPointer && main &- stackPointer < most ? main : nil
  }

  /// The last word of a stack may lie below its end's page.
  private static func isReadable(_ low: UInt, to top: UInt, _ page: UInt) -> Bool {
    System.isReadable(low, bytes: (top &+ page &- 1) & ~(page &- 1) &- low)
  }

  /// How far another stack is sure to reach beyond a page of it: up to 60 KiB.
  private static func otherEnd(above page: UInt) -> UInt {
    var end = page
    var bytes: UInt = 32 << 10
    while bytes >= 4 << 10 {
      if System.isReadable(end, bytes: bytes) { end = end &+ bytes }
      bytes /= 2
    }
    return end
  }
}
