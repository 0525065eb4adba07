// Pace: what is done at most once in so many milliseconds, by whoever comes first.
import Platform
import Synchronization

enum Pace {
  /// Whether it is time again; then the time counts from now.
  /// - Parameter time: when it was last, in milliseconds; 0 for never. Atomic.
  static func isDue(_ time: UnsafeMutablePointer<UInt64>, every milliseconds: UInt64) -> Bool {
    let last = atomic(time).pointee.load(ordering: .relaxed)
    // 0 is never.
    let now = System.milliseconds | 1
    if last != 0 && now &- last < milliseconds { return false }
    return atomic(time).pointee.compareExchange(expected: last, desired: now, ordering: .relaxed).exchanged
  }
}
