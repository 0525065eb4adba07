// FoldedStacks: a profile as viewers of flame graphs read it (Gregg, "The Flame Graph", 2016): one line for each stack,
// outermost function first, `main;parse;malloc 4096`.

public enum FoldedStacks {
  /// - Parameter value: index of the value type.
  public static func text(_ profile: Profile, _ value: Int) -> String {
    var sums: [String: Int64] = [:]
    for sample in profile.samples {
      let names = profile.names(of: sample).reversed().map(Self.frame)
      sums[names.joined(separator: ";"), default: 0] &+= sample.values[value]
    }
    return sums.filter { $0.value != 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
  }

  /// A name without what separates names and lines, or would reach a terminal as a command.
  private static func frame(_ name: String) -> String {
    ProfileTable.printable(String(name.map { $0 == ";" ? ":" : $0.isNewline ? " " : $0 }))
  }
}
