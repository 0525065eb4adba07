import TestSupport
import Testing

@testable import Kernel

@Suite("Cgroup limit") struct CgroupLimitTests {
  /// What is read where the process's groups are `groups`, and these files lie below the mount.
  private func limit(_ groups: String, _ files: [String: String]) throws -> UInt? {
    let root = try Scratch.folder()
    for (path, content) in files {
      let folders = path.split(separator: "/").dropLast()
      for end in 0...folders.count {
        try Scratch.makeFolder(root + "/" + folders.prefix(end).joined(separator: "/"))
      }
      try Scratch.write(content, to: root + "/" + path)
    }
    try Scratch.write(groups, to: root + "/groups")
    return CgroupLimit.read(groups: root + "/groups", root: root)
  }

  @Test func versionTwo() throws {
    #expect(try limit("0::/a/b\n", ["a/b/memory.max": "1048576\n"]) == 1 << 20)
    #expect(try limit("0::/\n", ["memory.max": "4096000\n"]) == 4_096_000)
    #expect(try limit("0::/a\n", ["a/memory.max": "max\n"]) == nil)
  }

  /// Beyond memory.high a process is made to wait, long before memory.max ends it: the lower of the two holds.
  @Test func aProcessIsThrottledBeyondHigh() throws {
    #expect(try limit("0::/a\n", ["a/memory.max": "9000000\n", "a/memory.high": "5000000\n"]) == 5_000_000)
    #expect(try limit("0::/a\n", ["a/memory.max": "4000000\n", "a/memory.high": "5000000\n"]) == 4_000_000)
    #expect(try limit("0::/a\n", ["a/memory.max": "max\n", "a/memory.high": "5000000\n"]) == 5_000_000)
    #expect(try limit("0::/a\n", ["a/memory.max": "9000000\n", "a/memory.high": "max\n"]) == 9_000_000)
    #expect(try limit("0::/a\n", ["a/memory.max": "max\n", "a/memory.high": "max\n"]) == nil)
    #expect(try limit("0::/a\n", ["a/memory.max": "9000000\n", "a/memory.high": "0\n"]) == 9_000_000)
    // Version 1 has no such file.
    let groups = "4:memory:/a\n"
    #expect(
      try limit(groups, ["memory/a/memory.limit_in_bytes": "9000000\n", "memory/a/memory.high": "1\n"]) == 9_000_000)
  }

  @Test func theLowestOfBothKindsAboveHolds() throws {
    let files = [
      "memory.high": "8000000\n", "a/memory.max": "7000000\n", "a/memory.high": "6000000\n",
      "a/b/memory.max": "max\n", "a/b/memory.high": "max\n", "a/b/c/memory.max": "6500000\n",
    ]
    #expect(try limit("0::/a/b/c\n", files) == 6_000_000)
    #expect(try limit("0::/a/b\n", files) == 6_000_000)
    #expect(try limit("0::/\n", files) == 8_000_000)
  }

  /// As a container manager names groups of version 1: the line of the memory controller comes last.
  @Test func manyLongGroups() throws {
    let path = "/kubepods.slice/" + String(repeating: "p", count: 200) + "/" + String(repeating: "c", count: 64)
    let lines = (1...12).map { "\($0 + 1):controller\($0):\(path)\n" }.joined() + "1:memory:\(path)\n"
    #expect(lines.utf8.count > 3000)
    #expect(try limit(lines, ["memory\(path)/memory.limit_in_bytes": "2097152\n"]) == 2 << 20)
  }

  @Test func versionOne() throws {
    let groups = "12:cpu,cpuacct:/x\n4:memory:/docker/f00\n1:name=systemd:/y\n0::/\n"
    #expect(try limit(groups, ["memory/docker/f00/memory.limit_in_bytes": "2097152\n"]) == 2 << 20)
    // What version 1 shows where nothing limits.
    #expect(try limit(groups, ["memory/docker/f00/memory.limit_in_bytes": "9223372036854771712\n"]) == nil)
    // A group of that name which is not this controller's.
    #expect(try limit("4:memoryless:/a\n", ["memory/a/memory.limit_in_bytes": "2097152\n"]) == nil)
    #expect(try limit("4:cpu,memory:/a\n", ["memory/a/memory.limit_in_bytes": "2097152\n"]) == 2 << 20)
  }

  @Test func theSmallestLimitAboveHolds() throws {
    let files = ["a/memory.max": "3000000\n", "a/b/memory.max": "max\n", "a/b/c/memory.max": "5000000\n"]
    #expect(try limit("0::/a/b/c\n", files) == 3_000_000)
    #expect(try limit("0::/a/b\n", files) == 3_000_000)
  }

  /// In a container the process's path may not exist where its own group is mounted as the root.
  @Test func aPathThatIsNotThere() throws {
    #expect(try limit("0::/somewhere/else\n", ["memory.max": "7000000\n"]) == 7_000_000)
    let groups = "4:memory:/somewhere/else\n"
    #expect(try limit(groups, ["memory/memory.limit_in_bytes": "7000000\n"]) == 7_000_000)
  }

  @Test func whatIsNoLimit() throws {
    #expect(try limit("", [:]) == nil)
    #expect(try limit("nonsense\n0:\n::\n", [:]) == nil)
    #expect(try limit("0::/a\n", [:]) == nil)
    #expect(try limit("0::/a\n", ["a/memory.max": ""]) == nil)
    #expect(try limit("0::/a\n", ["a/memory.max": "0\n"]) == nil)
    #expect(try limit("0::/a\n", ["a/memory.max": "99999999999999999999999\n"]) == nil)
    #expect(try limit("0::/" + String(repeating: "x/", count: 3000) + "\n", [:]) == nil)
    #expect(CgroupLimit.read(groups: "/nowhere/at/all", root: "/nowhere") == nil)
  }
}
