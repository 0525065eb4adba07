// Sampler: when a thread takes a sample, and what it notes then.
import CShim
import Pages
import Slabs
import Units

public enum Sampler {
  /// Begins a thread's first countdown.
  public static func begin(_ heap: Heap) {
    // Threads that take over a heap go on with its numbers.
    if heap.randomState == 0 { heap.randomState = Zone.shared.record.pointee.key &+ UInt64(heap.number) &<< 32 }
    // Another thread has another stack.
    heap.record.pointee.stack_low = 0
    heap.record.pointee.stack_high = 0
    restart(heap)
  }

  private static func restart(_ heap: Heap) {
    let interval = SampleInterval.shared
    if interval.mean == 0 {
      heap.setCountdown(Int64(Tunables.eventBytes))
    } else {
      heap.setCountdown(interval.draw(&heap.randomState))
    }
  }

  /// Begins another countdown, and takes a sample unless sampling is off.
  /// - Parameter size: bytes of the request with which the last one ended.
  public static func sample(_ size: UInt, _ heap: Heap) -> Sample? {
    restart(heap)
    let interval = SampleInterval.shared
    guard interval.mean != 0, size != 0, let table = StackTable.shared else { return nil }
    let stack = StackTrace.use { trace in
      StackWalk.fill(&trace, from: quarry_frame_address(), heap, UnwindTables(keepingRowsIn: table))
      TableWindows(table.record).rest()
      return table.add(trace, weight: interval.weight(UInt64(size)), size: UInt64(size))
    }
    return Sample(size: UInt64(size), stack: stack, heap: heap.number)
  }

  /// Takes back a sample whose request could not be served: nothing was allocated.
  public static func withdraw(_ sample: Sample) {
    StackTable.shared?.withdraw(
      sample.stack, weight: SampleInterval.shared.weight(sample.size), size: sample.size)
  }

  /// What remains of a sample when its block shrinks to `size` bytes: nil as often as a request for so few would not have
  /// been one.
  public static func shrink(_ sample: Sample, to size: UInt, _ heap: Heap) -> Sample? {
    let interval = SampleInterval.shared
    if size == 0 || interval.mean == 0 { return nil }
    let chance = SplitMix.next(&heap.randomState)
    let remaining = interval.weight(UInt64(size)).multipliedFullWidth(by: chance).high
    if remaining >= interval.weight(sample.size) { return nil }
    return Sample(size: UInt64(size), stack: sample.stack, heap: sample.heap)
  }
}
