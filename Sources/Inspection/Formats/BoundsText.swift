// How far the figures of a process may be off that worked while it was read, as one line.

extension Bounds {
  /// Nil when they are exact.
  public var words: String? {
    if isExact { return nil }
    return "the process was at work: page counts are exact to \(pages), live objects to \(objectBytes) bytes"
  }
}
