// What `quarry profile` is asked to show of a profile, on the terminal or for other programs, and which files it writes.

import ArgumentParser
import Glibc
import Inspection
import Measuring

struct ProfileOutput: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file for pprof; heap.pb.gz unless something is printed.", valueName: "file.pb.gz"))
  var output: String?

  @Option(
    help: ArgumentHelp("Print the functions with the largest values.", valueName: "count"), transform: Number.from(1))
  var top: Int?

  @Option(
    help: ArgumentHelp("Print the call sites with the largest values.", valueName: "count"), transform: Number.from(1))
  var sites: Int?

  @Flag(help: "Print folded stacks, as flame graph viewers read them.")
  var folded = false

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Which value is printed: inuse_space (default), inuse_objects, alloc_space, alloc_objects.", valueName: "type"))
  var by: String?

  @Option(help: ArgumentHelp("Subtract an earlier profile.", valueName: "file.pb.gz"))
  var base: String?

  func validate() throws {
    if [top != nil, sites != nil, folded, json].count(where: { $0 }) > 1 {
      throw ValidationError("--top, --sites, --folded and --json print different things: give one of them")
    }
    let types = Profile.heapTypes.map(\.type)
    if let by, !types.contains(by) {
      throw ValidationError("there is no value '\(by)': give one of \(types.joined(separator: ", "))")
    }
  }

  var printsSomething: Bool { top != nil || sites != nil || folded || json }

  /// The path of the file to write; nil when none is wanted.
  var path: String? { output ?? (printsSomething ? nil : "heap.pb.gz") }

  /// What is to be subtracted.
  func earlier() throws -> Profile? { try base.map(ProfileFile.read) }

  /// Writes and prints a profile.
  /// - Parameters:
  ///   - target: whose it is, for people.
  ///   - file: where it goes, already opened.
  ///   - status: this tool's exit status when nothing can be printed.
  func show(_ profile: Profile, of target: String, in file: ReportFile?, status: Int32 = 1) throws {
    if let file {
      try write(profile, to: file)
      let live = profile.index(of: "inuse_space").map { ", \(profile.totalWords($0)) live" } ?? ""
      printToStandardError(
        "quarry: \(target): \(profile.samples.count) call sites\(live); look at them with "
          + "'go tool pprof -http=: \(file.path)'\n")
    }
    let name = by ?? profile.defaultType
    guard printsSomething else { return }
    guard let value = profile.index(of: name) ?? (by == nil ? profile.valueTypes.indices.last : nil) else {
      throw Failure.inspection(
        "\(target) has no value '\(name)', only \(profile.valueTypes.map(\.type).joined(separator: ", "))")
    }
    func out(_ text: String) throws { try printToStandardOutput(text, status: status) }
    if let top { try out(ProfileTable(profile, value).text(rows: top)) }
    if let sites { try out(CallSiteTable.text(profile, value, rows: sites)) }
    if folded { try out(FoldedStacks.text(profile, value)) }
    if json { try out(JSON.text(ProfileJSON(profile, target: target))) }
  }

  private func write(_ profile: Profile, to file: ReportFile) throws {
    let content: [UInt8]
    do {
      content = try Gzip.compress(profile.encoded)
    } catch {
      throw Failure(message: "cannot write '\(file.path)': \(Failure(error).message)", status: file.status)
    }
    try file.write(content)
  }
}
