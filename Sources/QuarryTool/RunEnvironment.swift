// The environment a command gets from `quarry run`.

import Glibc

struct RunEnvironment: Equatable {
  /// Value of LD_PRELOAD.
  var preload: String
  /// Value of QUARRY_OPTIONS, or nil to leave it as it is.
  var options: String?

  /// - Parameters:
  ///   - library: path that the dynamic linker can take from LD_PRELOAD.
  ///   - options: settings given on the command line, `name=value` separated by commas.
  ///   - inheritedPreload: LD_PRELOAD so far; its libraries stay, behind ours.
  ///   - inheritedOptions: QUARRY_OPTIONS so far; ours come behind and so prevail.
  init(library: String, options: String?, inheritedPreload: String?, inheritedOptions: String?) throws {
    let separators: Set<Character> = [" ", ":"]
    let others = (inheritedPreload ?? "")
      .split(whereSeparator: separators.contains)
      .filter { $0 != library[...] }
    preload = ([library[...]] + others).joined(separator: ":")

    guard let options else { return }
    try Self.check(options)
    let inherited = inheritedOptions ?? ""
    self.options = inherited.isEmpty ? options : "\(inherited),\(options)"
  }

  /// That of a command which is run to be looked at: by the library beside this tool, with what is set for this process.
  init() throws {
    try self.init(
      library: Library.locate(option: nil), options: nil, inheritedPreload: environmentValue("LD_PRELOAD"),
      inheritedOptions: environmentValue("QUARRY_OPTIONS"))
  }

  /// The library knows which names there are; the form is checked here, before a program is run for nothing.
  private static func check(_ options: String) throws {
    for option in options.split(separator: ",", omittingEmptySubsequences: false) {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw Failure.usage(
          "wrong option '\(option)' in '--options \(options)': the form is name=value,name=value")
      }
    }
  }

  /// Variables that have these values.
  var variables: [String: String] {
    var variables = ["LD_PRELOAD": preload]
    variables["QUARRY_OPTIONS"] = options
    return variables
  }

  /// Makes these values those of this process and all it starts.
  func apply() {
    for (name, value) in variables { setenv(name, value, 1) }
  }
}

func environmentValue(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}
