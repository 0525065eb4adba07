// What keeps a heap from being read: one line each, which names what is wrong and what would be right.

public enum InspectionError: Error, Equatable, CustomStringConvertible {
  case noProcess(Int32)
  case gone(String)
  case noMemory(String)
  case notPermitted(String, hint: String)
  /// Though it may be read.
  case cannotStop(String)
  case noQuarry(String)
  case notYetUp(String)
  case otherVersion(String, found: UInt32, known: UInt32)
  case damaged(String, String)
  case unreadable(String, String)
  case notSampled(String)

  public var description: String {
    switch self {
    case .noProcess(let number):
      "there is no process \(number): give the number of a running process, or the path of a core file"
    case .gone(let name): "\(name) ended while it was read"
    case .noMemory(let name): "\(name) has no memory of its own: it is a thread of the kernel"
    case .notPermitted(let name, let hint): "the memory of \(name) may not be read: \(hint)"
    case .cannotStop(let name):
      "\(name) may be read, but not be stopped by ptrace: take it from the debugger that holds it, or run this where "
        + "ptrace is allowed"
    case .noQuarry(let name): "\(name) does not run on Quarry: start it with 'quarry run -- COMMAND'"
    case .notYetUp(let name): "\(name) has Quarry loaded, but has not asked it for memory"
    case .otherVersion(let name, let found, let known):
      "\(name) has a Quarry whose records have layout \(found), and this tool reads layout \(known): "
        + "use the tool that came with that library"
    case .damaged(let name, let what): "the records of \(name) are damaged: \(what)"
    case .unreadable(let name, let why): "cannot read \(name): \(why)"
    case .notSampled(let name):
      "\(name) takes no samples: start it without 'sample=off' in QUARRY_OPTIONS"
    }
  }
}
