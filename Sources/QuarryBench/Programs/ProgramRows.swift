// The rows of real programs, collected from the files beside this one.

/// All rows of the set `programs` that can be measured here, and those that cannot.
func programRows(_ inputs: Inputs) -> (rows: [Row], skipped: [SkippedRow]) {
  let makers: [(name: String, make: (Inputs) throws -> Row)] = [
    ("python", pythonRow), ("python-malloc", pythonMallocRow), ("perl", perlRow), ("ruby", rubyRow),
    ("node", nodeRow), ("java", javaRow), ("cc1", cCompilerRow), ("cc1plus", cxxCompilerRow),
    ("swift-frontend", swiftCompilerRow), ("sqlite", sqliteRow), ("redis", redisRow),
    ("ghostscript", ghostscriptRow), ("z3", solverRow), ("git", gitRow),
  ]
  var rows: [Row] = []
  var skipped: [SkippedRow] = []
  for (name, make) in makers {
    do {
      rows.append(try make(inputs))
    } catch {
      skipped.append(SkippedRow(name: name, reason: "\(error)"))
    }
  }
  return (rows, skipped)
}
