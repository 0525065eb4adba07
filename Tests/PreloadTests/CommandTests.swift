// The runner's own promises: everything else here relies on them.

import TestSupport
import Testing

@Suite("Command")
struct CommandTests {
  private func shell(_ script: String) -> Command { Command("/bin/sh", ["-c", script]) }

  @Test func keepsBothStreamsAndTheExitStatus() throws {
    let outcome = try shell("echo out; echo err >&2; exit 7").run()
    #expect(outcome.ending == .exit(7))
    #expect(outcome.output == "out\n")
    #expect(outcome.errors == "err\n")
  }

  @Test func tellsASignalFromAnExit() throws {
    #expect(try shell("kill -ABRT $$").run().ending == .signal(6))
    #expect(try shell("exit 134").run().ending == .exit(134))
  }

  @Test func givesArgumentsInputFolderAndEnvironment() throws {
    var command = Command("sh", ["-c", #"cat; echo "$1"; pwd; echo "$COLOUR""#, "sh", "two words"])
    command.input = "given\n"
    command.directory = "/"
    command.environment["COLOUR"] = "red"
    #expect(try command.run().output == "given\ntwo words\n/\nred\n")
  }

  @Test func setsLimits() throws {
    var command = shell("ulimit -v; ulimit -d")
    command.limits = ["v": 300_000, "d": 200_000]
    #expect(try command.run().outputLines == ["300000", "200000"])
  }

  @Test func killsTheWholeGroupAtTheDeadline() throws {
    var command = shell("sleep 1000 & echo $!; wait")
    // Long enough for a shell to start on a busy machine.
    command.deadline = .seconds(2)
    let outcome = try command.run()
    #expect(outcome.ending == .timedOut)
    #expect(outcome.outputLines.count == 1)
  }

  @Test func killsWhatAProgramLeavesBehind() throws {
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try shell("sleep 1000 &").run().ending == .exit(0))
    #expect(clock.now - start < .seconds(100))
  }

  @Test func measuresMemoryAndTime() throws {
    let outcome = try shell("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done").run()
    #expect(outcome.peakMemory > 100_000)
    #expect(outcome.processorTime > .zero)
  }

  @Test func saysWhatCannotBeStarted() {
    #expect(throws: Failure.self) { try Command("/nowhere/at-all").run() }
    #expect(throws: Failure.self) { try Tools.find("no-such-tool", package: "no-such-package") }
  }
}
