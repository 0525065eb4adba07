// Countdown: the bytes that a thread may still ask for before something is due: a sample, and a look at what is free. The
// fast path subtracts each request, and leaves for the slow one when the countdown becomes negative. A heap's countdown is
// negative from then on until the slow path sets it again.
import CShim
import Units

extension Heap {
  /// Counts a request on the slow path, unless the fast path did.
  /// - Precondition: `size` is at most `Int.max`.
  /// - Returns: whether something is due with this request.
  @inline(__always) public func isDue(after size: UInt) -> Bool {
    if record.pointee.front.countdown >= 0 { record.pointee.front.countdown &-= Int64(size) }
    return record.pointee.front.countdown < 0
  }

  /// Begins another countdown.
  @inline(__always) public func setCountdown(_ bytes: Int64) { record.pointee.front.countdown = bytes }

  /// State of the thread's random numbers, never 0 in a heap that had a thread.
  public var randomState: UInt64 {
    get { record.pointee.random }
    nonmutating set { record.pointee.random = newValue }
  }
}
