// Threads: for tests of what threads do to each other, and of what is left when one ends. Swift's tasks move between
// threads that nobody joins.

import Glibc

public enum Threads {
  /// Runs `body` on `count` threads of their own, and waits until they are gone, their destructors included.
  /// - Throws: what the first of them threw that threw anything.
  public static func run(_ count: Int, _ body: @escaping @Sendable (_ number: Int) throws -> Void) throws {
    let works = (0..<count).map { number in Work { try body(number) } }
    for work in works { work.start() }
    for work in works { work.join() }
    for work in works { if let error = work.error { throw error } }
  }

  /// Runs `body` on one thread of its own, and waits until that is gone.
  public static func runAlone(_ body: () throws -> Void) throws {
    try withoutActuallyEscaping(body) { body in
      let work = Work(body)
      work.start()
      work.join()
      if let error = work.error { throw error }
    }
  }

  /// A thread. Its fields belong to the thread until `join` returns.
  private final class Work: @unchecked Sendable {
    private let body: () throws -> Void
    private var thread = pthread_t()
    private(set) var error: (any Error)?

    init(_ body: @escaping () throws -> Void) { self.body = body }

    func start() {
      let this = Unmanaged.passUnretained(self).toOpaque()
      let status = pthread_create(
        &thread, nil,
        { this in
          let work = Unmanaged<Work>.fromOpaque(this!).takeUnretainedValue()
          do { try work.body() } catch { work.error = error }
          return nil
        }, this)
      precondition(status == 0, "no thread can be had")
    }

    func join() { pthread_join(thread, nil) }
  }
}
