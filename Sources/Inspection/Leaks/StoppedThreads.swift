// StoppedThreads: all threads of a process, held still, with their registers. They go on when this is released, and when
// the tool ends, however it does.

import CInspection
import Glibc

final class StoppedThreads {
  /// What each thread's registers hold, word by word.
  private(set) var registers: [[UInt64]] = []
  /// Of those whose registers are known, the threads that were not waiting for the system: each may be between two steps.
  private(set) var atWork = 0
  private var threads: [Int32] = []

  /// Stops a process.
  /// - Throws: `InspectionError` when that is not permitted, or a thread does not stop.
  init(_ process: LiveProcess) throws {
    // Threads that were started meanwhile are found in the next round.
    var fresh: [Int32]
    repeat {
      fresh = Threads.of(process.number).filter { !threads.contains($0) && !Threads.hasEnded($0) }
      var stopped = 0
      for thread in fresh {
        switch -quarry_thread_stop(thread) {
        case 0:
          threads.append(thread)
          stopped += 1
        case ESRCH: continue
        case EPERM where Threads.hasEnded(thread): continue
        case EPERM:
          resume()
          throw InspectionError.cannotStop(process.name)
        case let error:
          resume()
          throw InspectionError.unreadable(
            process.name, "thread \(thread) does not stop: \(String(cString: strerror(error)))")
        }
      }
      if stopped == 0 { break }
    } while !fresh.isEmpty
    if threads.isEmpty { throw InspectionError.gone(process.name) }
    for thread in threads {
      var words = [UInt64](repeating: 0, count: 64)
      let count = quarry_thread_registers(thread, &words, words.count)
      // It is gone.
      if count <= 0 { continue }
      registers.append(Array(words.prefix(Int(count))))
      if !Threads.stoppedInCall(thread) { atWork += 1 }
    }
  }

  func resume() {
    for thread in threads { quarry_thread_resume(thread) }
    threads = []
  }

  deinit { resume() }
}

/// What the general registers tell, as ptrace and core files have them.
enum Registers {
  /// Whether a thread was in its own code rather than in a system call; nil where its registers do not tell.
  static func isAtWork(_ words: [UInt64]) -> Bool? {
    #if arch(x86_64)
      // `orig_rax`: the number of the call, negative for what else leads into the system.
      return words.count > 15 ? Int32(truncatingIfNeeded: words[15]) < 0 : nil
    #else
      return nil
    #endif
  }

  #if arch(x86_64)
    /// The stack pointer's place.
    static let stackPointer = 19
    /// Bytes below the stack pointer that a function may use.
    static let redZone: UInt = 128
  #else
    static let stackPointer = 31
    static let redZone: UInt = 0
  #endif
}
