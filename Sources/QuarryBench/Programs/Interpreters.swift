// Scripts for interpreters: objects, strings and tables that come and go.

import Foundation

/// Python with its own allocator for small objects in front of malloc.
func pythonRow(_ inputs: Inputs) throws -> Row {
  try pythonRow("python", "objects, through pymalloc", rounds: 12, inputs, environment: [:])
}

/// Python with malloc for all objects.
func pythonMallocRow(_ inputs: Inputs) throws -> Row {
  try pythonRow(
    "python-malloc", "objects, PYTHONMALLOC=malloc", rounds: 8, inputs,
    environment: ["PYTHONMALLOC": "malloc"], isQuick: true)
}

private func pythonRow(
  _ name: String, _ summary: String, rounds: Int, _ inputs: Inputs, environment: [String: String],
  isQuick: Bool = false
) throws -> Row {
  // Not -I, which would ignore the environment; and the same order in hash tables each time.
  Row(
    name: name, set: .programs, summary: summary,
    // The system's own: another one might bring an allocator along.
    command: [try inputs.tool("python3"), "-s", "-S", inputs.source("objects.py"), String(rounds)],
    environment: environment.merging(["PYTHONHASHSEED": "0"]) { $1 }, isQuick: isQuick)
}

func perlRow(_ inputs: Inputs) throws -> Row {
  Row(
    name: "perl", set: .programs, summary: "hashes and strings",
    command: [try inputs.tool("perl"), inputs.source("objects.pl"), "6"],
    environment: ["PERL_HASH_SEED": "0"])
}

func rubyRow(_ inputs: Inputs) throws -> Row {
  Row(
    name: "ruby", set: .programs, summary: "objects and strings",
    command: [try inputs.tool("ruby"), "--disable=gems", inputs.source("objects.rb"), "8"], isQuick: true)
}

func nodeRow(_ inputs: Inputs) throws -> Row {
  Row(
    name: "node", set: .programs, threads: 4, summary: "buffers and JSON",
    command: [try inputs.tool("node", "nodejs"), inputs.source("buffers.js"), "80"])
}

/// Java's own heap does not come from malloc; its compilers, zlib and direct buffers do.
func javaRow(_ inputs: Inputs) throws -> Row {
  let java = try inputs.tool("java")
  let compiler = try inputs.tool("javac")
  let classes = try inputs.made("java") { folder in
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try run([compiler, "-d", folder, inputs.source("Native.java")])
  }
  return Row(
    name: "java", set: .programs, threads: 4, summary: "compilers, zlib and direct buffers",
    command: [
      java, "-Xms64m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-cp", classes, "Native", "1200",
    ])
}
