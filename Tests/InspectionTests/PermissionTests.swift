// What is said to somebody who may not read a process, by the system's setting.

import Glibc
import TestSupport
import Testing

@testable import Inspection

@Suite("Permission")
struct PermissionTests {
  @Test func theSettingIsNamed() {
    let hint = Permission.hint(isOwn: true, scope: "1")
    #expect(hint.contains("kernel.yama.ptrace_scope is 1") && hint.contains("QUARRY_OPTIONS=inspect=any"))
    // What is another user's, that would not help to read.
    #expect(Permission.hint(isOwn: false, scope: "1").contains("another user"))
    for isOwn in [false, true] {
      #expect(Permission.hint(isOwn: isOwn, scope: "2").contains("kernel.yama.ptrace_scope is 2"))
      #expect(Permission.hint(isOwn: isOwn, scope: "3").contains("core file"))
      #expect(Permission.hint(isOwn: isOwn, scope: "0").contains("another user"))
      #expect(Permission.hint(isOwn: isOwn, scope: nil).contains("another user"))
    }
  }

  /// The setting is read where the system has it. Not every system does: here it is laid there for the command alone.
  @Test(arguments: [
    ("1", "it belongs to another user or is privileged: run as that user, or as root", "ptrace says '"),
    ("2", "kernel.yama.ptrace_scope is 2, which allows root alone: run as root", "lets root alone trace processes"),
    ("3", "kernel.yama.ptrace_scope is 3, which allows nobody until the next boot: take a core", "lets nobody trace"),
  ])
  func theSystemsSettingIsRead(_ scope: String, _ hint: String, _ traced: String) throws {
    let program = try python("sample=1M", asNobody: false)
    let script = """
      mount -t tmpfs none /proc/sys/kernel && mkdir /proc/sys/kernel/yama &&
      echo "$0" > /proc/sys/kernel/yama/ptrace_scope && exec "$@"
      """
    func run(_ words: [String]) throws -> Outcome {
      let unshare = try Tools.find("unshare", package: "util-linux")
      let outcome = try Command(unshare, ["--mount", "sh", "-c", script, scope] + words).run()
      #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1, "needs root: \(outcome)")
      return outcome
    }
    let tool = try MatrixTests.tool()
    let setpriv = try Tools.find("setpriv", package: "util-linux")
    let read = try run([setpriv] + Self.unprivileged + [tool, "slabinfo", "\(program.number)"])
    #expect(read.errors.contains(hint), "\(read)")
    // So is it said why a command cannot be held at its end.
    let held = try run([LiveProgram.compile("forbid.c"), tool, "slabinfo", "--", "/bin/ls"])
    #expect(held.errors.contains("'/bin/ls' cannot be held at its end: ") && held.errors.contains(traced), "\(held)")
  }

  private static let unprivileged = ["--reuid=65534", "--regid=65534", "--clear-groups"]

  /// A command of somebody who is neither root nor the owner of what belongs to root.
  private func asNobody(_ words: [String]) throws -> Outcome {
    let outcome = try Command(Tools.find("setpriv", package: "util-linux"), Self.unprivileged + words).run()
    try check(!outcome.errors.contains("setpriv:"), "needs root: \(outcome)")
    return outcome
  }

  /// A program that anybody may run, on Quarry, with some memory of its own, and at rest.
  private func python(_ options: String, asNobody: Bool, _ before: String = "") throws -> LiveProgram {
    let script = before + "x=[str(i)*50 for i in range(9999)]; print('ready',flush=True); input()"
    let words = ["/usr/bin/python3", "-c", script]
    let environment = try Library.preloaded(options: options)
    let command =
      try asNobody ? [Tools.find("setpriv", package: "util-linux")] + Self.unprivileged + words : words
    let program = try LiveProgram(command[0], Array(command[1...]), environment: environment)
    _ = try program.atRest()
    return program
  }

  /// Whoever may not read a process is told in one line by every command: of another's, and of one's own that is
  /// privileged, as programs are that say so (PR_SET_DUMPABLE).
  @Test(arguments: ["another's", "privileged"])
  func everyCommandSaysWhoMay(_ kind: String) throws {
    let isOwn = kind == "privileged"
    let program = try python(
      "sample=1M", asNobody: isOwn, isOwn ? "import ctypes; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0); " : "")
    for look in MatrixTests.looks {
      let more = look.name == "why" ? ["0x1000"] : []
      let outcome = try asNobody([MatrixTests.tool(), look.name] + look.arguments + ["\(program.number)"] + more)
      #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
      #expect(outcome.errors.contains("the memory of process \(program.number) (python3) may not be read: "))
      #expect(outcome.errors.contains("run as that user, or as root") || outcome.errors.contains("ptrace_scope"))
    }
    // Root may.
    let root = try Command(MatrixTests.tool(), ["slabinfo", "\(program.number)"]).run()
    #expect(root.ending == .exit(0) && root.errors.isEmpty, "\(root)")
  }

  /// Root is not told to be root, as in a container that has taken the right from it.
  @Test func rootWithoutTheRightIsToldWhichOne() throws {
    let program = try python("sample=1M", asNobody: true)
    let outcome = try Command(
      Tools.find("setpriv", package: "util-linux"),
      ["--bounding-set=-sys_ptrace", MatrixTests.tool(), "slabinfo", "\(program.number)"]
    ).run()
    #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.errors.hasSuffix(": root needs CAP_SYS_PTRACE for that, which it lacks here: run as that user\n"))
  }

  /// Somebody without privileges reads his own program that allows it, by every command, whatever ptrace_scope says.
  @Test func whatAllowsItIsReadByItsUser() throws {
    let program = try python("inspect=any,sample=64K", asNobody: true)
    for look in MatrixTests.looks {
      let more = look.name == "why" ? ["0x1000"] : []
      let outcome = try asNobody([MatrixTests.tool(), look.name] + look.arguments + ["\(program.number)"] + more)
      #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty && !outcome.output.isEmpty, "\(outcome)")
    }
  }

  /// Where ptrace is forbidden, as in some containers, only `leaks` needs it, and says so.
  @Test func withoutPtraceAllButLeaksWorks() throws {
    let program = try python("sample=64K", asNobody: false)
    let forbid = try LiveProgram.compile("forbid.c")
    for look in MatrixTests.looks {
      let more = look.name == "why" ? ["0x1000"] : []
      let outcome = try Command(
        forbid, [MatrixTests.tool(), look.name] + look.arguments + ["\(program.number)"] + more
      ).run()
      if look.name != "leaks" {
        #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(look.name): \(outcome)")
        continue
      }
      #expect(outcome.ending == .exit(1) && outcome.errorLines.count == 1 && outcome.output.isEmpty, "\(outcome)")
      #expect(outcome.errors.contains("may be read, but not be stopped by ptrace: "), "\(outcome)")
    }
  }

  @Test func linesOfMapsAreRead() {
    let line = "7f43-7f45 rw-p 00000000 fe:00 16255179                   /tmp/a b (deleted)"
    #expect(Mapping(line: line[...]) == Mapping(range: 0x7f43..<0x7f45, path: "/tmp/a b (deleted)"))
    #expect(Mapping(line: "10-20 r--s 00000000 00:00 0 ")?.path == "")
    #expect(Mapping(line: "10-20 r--s 00000000 00:00 0 ")?.isShared == true)
    for wrong in ["", "10", "20-10 rw-p 0 0 0", "x-y rw-p 0 0 0"] { #expect(Mapping(line: wrong[...]) == nil) }
  }
}
