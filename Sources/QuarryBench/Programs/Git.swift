// Git packs a repository: the command that `git repack` would start as a child.

import Foundation

func gitRow(_ inputs: Inputs) throws -> Row {
  let git = try inputs.tool("git")
  let repository = try inputs.made("repository.git") { folder in
    try run([git, "init", "--quiet", "--bare", "--initial-branch=main", folder])
    let stream = folder + "/stream"
    try history(commits: 250, files: 120).write(toFile: stream, atomically: true, encoding: .utf8)
    try run(["/bin/sh", "-c", "exec \"$1\" --git-dir=\"$2\" fast-import --quiet <\"$3\"", "sh", git, folder, stream])
    try FileManager.default.removeItem(atPath: stream)
  }
  return Row(
    name: "git", set: .programs, summary: "packs a repository anew",
    command: [
      git, "--git-dir=\(repository)", "pack-objects", "--all", "--quiet", "--no-reuse-delta", "--no-reuse-object",
      "--threads=1", "--window=20", "--stdout",
    ],
    environment: ["GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"])
}

/// A history for `git fast-import`: texts of which each commit changes a few lines.
private func history(commits: Int, files: Int) -> String {
  var random = FixedRandom(seed: 4)
  var texts = (0..<files).map { file in
    (0..<(40 + random.below(200))).map { "line \($0) of file \(file): \(random.below(1_000_000))" }
  }
  var stream = ""
  for commit in 0..<commits {
    stream += "commit refs/heads/main\n"
    stream += "committer Quarry <quarry@example.org> \(1_700_000_000 + commit * 60) +0000\n"
    let message = "Change number \(commit)\n"
    stream += "data \(message.utf8.count)\n\(message)"
    for file in commit == 0 ? Array(0..<files) : (0..<8).map({ _ in random.below(files) }) {
      for _ in 0..<4 {
        let line = random.below(texts[file].count)
        texts[file][line] = "line \(line) after commit \(commit): \(random.below(1_000_000))"
      }
      let text = texts[file].joined(separator: "\n") + "\n"
      stream += "M 100644 inline folder-\(file % 7)/file-\(file)\ndata \(text.utf8.count)\n\(text)"
    }
    stream += "\n"
  }
  return stream
}
