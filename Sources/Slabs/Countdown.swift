// Countdown: the bytes that a thread may still ask for before something is due: a sample, or a look at what is free. The
// fast path subtracts each request, and leaves for the slow one when the countdown becomes negative. A heap's countdown is
// negative from then on until the slow path sets it again.
//
// A thread that freed much and then asks only for what its lists have would pass no slow path. So while much is free and no
// kswapd looks at the clock, the countdown is divided into parts, at the end of which the thread does: reminders. A busy
// program pays little for them, because a part that ended within a few milliseconds doubles the next one.
//
// Invariant: the bytes to the next sample are `countdown` and `beyond_reminder` together.
import CShim
import Platform
import Units

extension Heap {
  /// Counts a request on the slow path, unless the fast path did.
  /// - Precondition: `size` is at most `Int.max`.
  /// - Returns: whether something is due with this request.
  @inline(__always) public func isDue(after size: UInt) -> Bool {
    if record.pointee.front.countdown >= 0 { record.pointee.front.countdown &-= Int64(size) }
    return record.pointee.front.countdown < 0
  }

  /// Counts a request on the slow path if nothing is due with it.
  /// - Precondition: `size` is at most `Int.max`.
  @inline(__always) public func count(_ size: UInt) -> Bool {
    let left = record.pointee.front.countdown &- Int64(size)
    if left < 0 { return false }
    record.pointee.front.countdown = left
    return true
  }

  /// Begins another countdown to a sample.
  @inline(__always) public func setCountdown(_ bytes: Int64) {
    record.pointee.front.countdown = bytes
    record.pointee.beyond_reminder = 0
  }

  /// Ends the part of the countdown that a request used up: looks at the clock, and goes on with the countdown unless a
  /// sample is due as well.
  /// - Returns: whether no sample is due.
  public func endReminder() -> Bool {
    let left = record.pointee.front.countdown &+ record.pointee.beyond_reminder
    if left < 0 { return false }
    setCountdown(left)
    remindLater()
    return true
  }

  /// Makes the next request pass a slow path, and others until a look leaves nothing to be done.
  func remind() {
    record.pointee.reminder = 0
    record.pointee.reminds = 1
    divide(after: 0)
  }

  /// Whether reminders go on until a look leaves nothing to be done.
  var isReminded: Bool { record.pointee.reminds != 0 }

  /// Goes on with reminders after a sample, if there were any.
  public func goOnReminding() { if isReminded { remindLater() } }

  /// Looks at the clock, and will again after a while that is longer the busier the program is.
  private func remindLater() {
    let now = UInt32(truncatingIfNeeded: System.milliseconds)
    let isBusy = now &- record.pointee.reminder_time < Tunables.reminderMilliseconds
    let last = record.pointee.reminder
    record.pointee.reminder_time = now
    record.pointee.reminder = isBusy ? min(max(last &* 2, Tunables.leastReminder), Tunables.mostReminder) : 0
    record.pointee.reminds = Balance.lookInTime(again: true) ? 1 : 0
    if isReminded { divide(after: Int64(record.pointee.reminder)) }
  }

  private func divide(after bytes: Int64) {
    let left = record.pointee.front.countdown &+ record.pointee.beyond_reminder
    if record.pointee.front.countdown < 0 || left <= bytes { return }
    record.pointee.front.countdown = bytes
    record.pointee.beyond_reminder = left &- bytes
  }

  /// State of the thread's random numbers, never 0 in a heap that had a thread.
  public var randomState: UInt64 {
    get { record.pointee.random }
    nonmutating set { record.pointee.random = newValue }
  }
}
