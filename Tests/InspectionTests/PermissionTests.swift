// What is said to somebody who may not read a process, by the system's setting.

import Testing

@testable import Inspection

@Suite("Permission")
struct PermissionTests {
  @Test func theSettingIsNamed() {
    let hint = Permission.hint(scope: "1")
    #expect(hint.contains("kernel.yama.ptrace_scope is 1") && hint.contains("QUARRY_OPTIONS=inspect=any"))
    #expect(Permission.hint(scope: "2").contains("kernel.yama.ptrace_scope is 2"))
    #expect(Permission.hint(scope: "3").contains("core file"))
    #expect(Permission.hint(scope: "0").contains("another user"))
    #expect(Permission.hint(scope: nil).contains("another user"))
  }

  @Test func linesOfMapsAreRead() {
    let line = "7f43-7f45 rw-p 00000000 fe:00 16255179                   /tmp/a b (deleted)"
    #expect(Mapping(line: line[...]) == Mapping(range: 0x7f43..<0x7f45, path: "/tmp/a b (deleted)"))
    #expect(Mapping(line: "10-20 r--s 00000000 00:00 0 ")?.path == "")
    #expect(Mapping(line: "10-20 r--s 00000000 00:00 0 ")?.isShared == true)
    for wrong in ["", "10", "20-10 rw-p 0 0 0", "x-y rw-p 0 0 0"] { #expect(Mapping(line: wrong[...]) == nil) }
  }
}
