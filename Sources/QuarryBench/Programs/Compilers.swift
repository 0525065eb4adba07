// Compilers, called without the drivers that would start them as children.

import Foundation

/// GCC's C compiler proper on a generated, preprocessed file.
func cCompilerRow(_ inputs: Inputs) throws -> Row {
  let file = try inputs.made("functions.i") { path in
    let source = path + ".c"
    try cSource(functions: 160).write(toFile: source, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: source) }
    try run([try inputs.tool("gcc"), "-E", source, "-o", path])
  }
  let product = "\(inputs.folder)/functions.s"
  return Row(
    name: "cc1", set: .programs, summary: "GCC's C compiler",
    command: [try compilerProper("cc1", inputs), "-quiet", "-O2", "-fpreprocessed", file, "-o", product],
    product: product, isQuick: true)
}

/// GCC's C++ compiler proper on containers of the standard library.
func cxxCompilerRow(_ inputs: Inputs) throws -> Row {
  let file = try inputs.made("containers.ii") { path in
    try run([try inputs.tool("g++"), "-std=c++17", "-E", inputs.source("containers.cpp"), "-o", path])
  }
  let product = "\(inputs.folder)/containers.s"
  return Row(
    name: "cc1plus", set: .programs, summary: "GCC's C++ compiler",
    command: [
      try compilerProper("cc1plus", inputs), "-quiet", "-std=c++17", "-fpreprocessed", file, "-o", product,
    ],
    product: product)
}

private func compilerProper(_ name: String, _ inputs: Inputs) throws -> String {
  let answer = "\(inputs.folder)/\(name)-path"
  try run([try inputs.tool("gcc"), "-print-prog-name=\(name)"], output: answer)
  let path = try String(contentsOfFile: answer, encoding: .utf8).trimmingCharacters(in: .newlines)
  guard path.hasPrefix("/") else { throw BenchError("\(name) is not installed") }
  return path
}

/// Functions over structures with loops, switches and calls, all different.
private func cSource(functions: Int) -> String {
  var random = FixedRandom(seed: 1)
  var lines = [
    "#include <stdio.h>", "#include <stdlib.h>", "#include <string.h>", "#include <math.h>", "",
    "struct item { struct item *next; int kind; double weight; char name[24]; unsigned counts[8]; };", "",
  ]
  for number in 0..<functions {
    lines.append("static int function_\(number)(struct item *items, int count, unsigned seed) {")
    lines.append("  int sum = \(random.below(100));")
    lines.append("  for (struct item *item = items; item != NULL && count-- > 0; item = item->next) {")
    lines.append("    switch ((item->kind ^ seed) % \(7 + random.below(9))) {")
    for label in 0..<(4 + random.below(5)) {
      let field = random.below(8)
      let factor = random.below(1000)
      lines.append("    case \(label):")
      switch random.below(4) {
      case 0: lines.append("      item->counts[\(field)] = item->counts[\((field + 3) % 8)] * \(factor)u + seed;")
      case 1: lines.append("      sum += (int)sqrt(item->weight * \(factor)) + snprintf(item->name, 24, \"%d\", sum);")
      case 2: lines.append("      for (int i = 0; i < 8; i++) sum += item->counts[i] >> (i + \(field)) & \(factor);")
      default: lines.append("      if (memcmp(item->name, \"\(factor)\", 3) == 0) sum ^= \(factor); else seed += sum;")
      }
      lines.append("      break;")
    }
    let called = number == 0 ? "0" : "function_\(random.below(number))(item->next, count / 2, seed + 1)"
    lines.append("    default: sum += \(called);")
    lines.append("    }")
    lines.append("    seed = seed * 1103515245u + \(random.below(10000))u;")
    lines.append("  }")
    lines.append("  return sum;")
    lines.append("}")
    lines.append("")
  }
  lines.append("int main(void) {")
  lines.append("  struct item item = {NULL, 1, 2.0, \"name\", {0}};")
  lines.append("  int sum = 0;")
  for number in 0..<functions { lines.append("  sum += function_\(number)(&item, 10, sum);") }
  lines.append("  return sum & 1;")
  lines.append("}")
  return lines.joined(separator: "\n") + "\n"
}

/// The Swift compiler proper, with the arguments that its driver would give it.
func swiftCompilerRow(_ inputs: Inputs) throws -> Row {
  let product = "\(inputs.folder)/generic.o"
  let answer = "\(inputs.folder)/swift-arguments"
  let driver = try swiftDriver()
  try run([driver, "-###", "-O", "-c", inputs.source("generic.swift"), "-o", product], output: answer)
  let lines = try String(contentsOfFile: answer, encoding: .utf8).split(separator: "\n")
  guard let line = lines.last(where: { $0.contains("-frontend") }) else {
    throw BenchError("swiftc does not tell how it calls its front end")
  }
  let arguments = line.split(separator: " ").map(String.init)
  return Row(
    name: "swift-frontend", set: .programs, summary: "the Swift compiler", command: arguments, product: product)
}

/// The caller's own toolchain, wherever it is installed.
private func swiftDriver() throws -> String {
  let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
  for folder in path.split(separator: ":") {
    let driver = "\(folder)/swiftc"
    if FileManager.default.isExecutableFile(atPath: driver) { return driver }
  }
  throw BenchError("swiftc is not in the PATH")
}
