// CallSiteTable: the call stacks of a profile, the largest values first, a line each.

public enum CallSiteTable {
  /// Functions of a stack, and characters of each, that are shown in a line.
  static let functions = 8
  static let characters = 60

  /// - Parameters:
  ///   - value: index of the value type.
  ///   - count: stacks to show.
  public static func text(_ profile: Profile, _ value: Int, rows count: Int) -> String {
    let type = profile.valueTypes[value]
    var sums: [[String]: Int64] = [:]
    for sample in profile.samples { sums[profile.names(of: sample), default: 0] &+= sample.values[value] }
    let rows = sums.filter { $0.value != 0 }.sorted {
      ($0.value.magnitude, $1.key.joined(separator: " ")) > ($1.value.magnitude, $0.key.joined(separator: " "))
    }
    var lines = ["\(type.type): \(profile.totalWords(value)) in all"]
    lines += rows.prefix(count).map { "\(Column.right(type.amount($0.value), 12))  \(line($0.key))" }
    if rows.count > count { lines.append("  \(rows.count - count) more call sites") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// `malloc_wrapper < parse < main`.
  static func line(_ names: [String]) -> String {
    if names.isEmpty { return "unknown" }
    let shown = names.prefix(functions).map { name in
      ProfileTable.printable(name.count > characters ? name.prefix(characters - 1) + "…" : name)
    }
    return (shown + (names.count > functions ? ["…"] : [])).joined(separator: " < ")
  }
}

extension Profile.ValueType {
  /// A value of this type, for people.
  func amount(_ value: Int64) -> String { unit == "bytes" ? Size(Int(value)).description : "\(value)" }
}
