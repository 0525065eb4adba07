// How far figures may be off of a process that worked while it was read, as one line.

extension Bounds {
  /// Nil when they are exact.
  public var words: String? {
    words("page counts are exact to \(pages), live objects to \(objectBytes) bytes")
  }

  /// The same of what lies at one address, which either is as told or is not.
  public var wordsOnPlaces: String? { words("what is told was so at a moment of the reading") }

  private func words(_ consequence: String) -> String? { isExact ? nil : "the process was at work: \(consequence)" }
}
