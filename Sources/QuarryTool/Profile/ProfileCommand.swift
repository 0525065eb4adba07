// `quarry profile`: where a program allocates, by call stack, from the samples that the library takes all the time.

import ArgumentParser
import Inspection

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile", abstract: "Show where a program allocates: a sampled heap profile, for pprof.",
    usage: """
      quarry profile [<options>] <target>
      quarry profile [<options>] -- <command> [<argument> …]
      quarry profile [<options>] --diff <earlier.pb.gz> <later.pb.gz>
      """,
    discussion: """
      Every program on Quarry is sampled, as QUARRY_OPTIONS=sample=BYTES sets, so nothing needs to be prepared. The \
      values are estimates: inuse is what is live now, alloc all that was ever asked for, each by objects and by \
      bytes, as in Go's heap profiles.

      A command is looked at when it ends. So are the processes that it starts: the \
      profile is their sum, and the label 'process' says whose a sample is ('go tool pprof -tagroot=process'). For that \
      they are traced: no debugger can be attached to them, and set-user-ID programs among them get no rights. With \
      --interval or --signal, profiles are written while they run, or while the process does that was given by its \
      number. The exit status is the command's, also where there was nothing to profile, which is said then.
      """)
  @OptionGroup var output: ProfileOutput
  @OptionGroup var schedule: ProfileSchedule

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Show what grew from one profile to another.", valueName: "file.pb.gz"))
  var diff: [String] = []

  @Argument(
    help: ArgumentHelp(
      "A process, by its number; or a core file, by its path. Or a command after '--'.", valueName: "target"))
  var target: String?

  @Argument(parsing: .postTerminator, help: .hidden)
  var command: [String] = []

  func validate() throws {
    guard diff.isEmpty else {
      if diff.count != 2 || target != nil || !command.isEmpty {
        throw ValidationError("--diff compares two files and nothing else: give --diff EARLIER.pb.gz LATER.pb.gz")
      }
      if output.base != nil || !schedule.isEmpty {
        throw ValidationError("--diff takes no --base, --interval or --signal: its files are what is compared")
      }
      return
    }
    if (target == nil) == command.isEmpty {
      throw ValidationError("give one target: the number of a process, a core file, or a command after '--'")
    }
    if !schedule.isEmpty, output.path == nil {
      throw ValidationError("--interval and --signal write files: give one with --output")
    }
  }

  func run() throws {
    if !diff.isEmpty { return try compare() }
    let earlier = try output.earlier()
    if let earlier, earlier.valueTypes != Profile.heapTypes {
      throw Failure.inspection("cannot compare with '\(output.base ?? "")': it is no heap profile")
    }
    let writer = try ProfileWriter(output, schedule, earlier, isOfCommand: target == nil)
    if let target {
      try writer.profile(TargetOptions.open(target))
    } else {
      try writer.profile(command).repeatHere()
    }
  }

  private func compare() throws {
    let (earlier, later) = (try ProfileFile.read(diff[0]), try ProfileFile.read(diff[1]))
    let growth: Profile
    do {
      growth = try later.subtracting(earlier)
    } catch {
      throw Failure.inspection("cannot compare '\(diff[0])' and '\(diff[1])': \(error)")
    }
    // Call sites are what people want of a difference, unless they want something else.
    var output = output
    if !output.printsSomething, output.output == nil { output.sites = 30 }
    let file = try output.path.map { try ReportFile($0, only: .gz) }
    try output.show(growth, of: "growth from \(diff[0]) to \(diff[1])", in: file)
  }
}
