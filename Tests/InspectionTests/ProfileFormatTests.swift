// Profiles as pprof's protocol buffers: read by protobuf's own decoder, and back by ours; and what is made of them.

import Foundation
import TestSupport
import Testing

@testable import Inspection

@Suite("Profile formats")
struct ProfileFormatTests {
  /// Two stacks that end in one function, one of them by way of code without a file.
  private static let profile: Profile = {
    var profile = Profile(
      valueTypes: Profile.heapTypes, time: 1_700_000_000_123_456_789,
      periodType: Profile.ValueType(type: "space", unit: "bytes"), period: 524_288, defaultType: "inuse_space")
    profile.mappings = [
      Profile.Mapping(range: 0x1000..<0x9000, offset: 0x200, file: "/bin/größe", buildID: "0aff", hasFunctions: true),
      Profile.Mapping(range: 0x7fff_0000_0000..<0x7fff_0001_0000, offset: 0, file: "/lib/other.so", buildID: ""),
    ]
    profile.functions = [
      Profile.Function(name: "leaf()", systemName: "_Z4leafv"), Profile.Function(name: "main", systemName: "main"),
      Profile.Function(name: "jit;ted\nname", systemName: "jit"),
    ]
    profile.locations = [
      Profile.Location(
        mapping: 0, address: 0x1234, lines: [.init(function: 0, line: 42), .init(function: 1, line: 7)]),
      Profile.Location(mapping: 1, address: 0x7fff_0000_1000, lines: []),
      Profile.Location(mapping: nil, address: 0xdead_beef, lines: [.init(function: 2, line: 0)]),
    ]
    profile.samples = [
      Profile.Sample(stack: [0, 1], values: [10, 1000, 5, 500], labels: ["thread": "3"]),
      Profile.Sample(stack: [0, 2, 1], values: [1, 1 << 40, -1, .min]),
      Profile.Sample(stack: [], values: [0, 0, 0, 0]),
    ]
    // The squares of 10, 100, 4 and 30.
    profile.scatter = Profile.Scatter(variances: [100, 10_000, 16, 900], process: .init(number: 7, start: 42))
    return profile
  }()

  @Test func protobufsOwnDecoderReadsIt() throws {
    let path = try Scratch.folder() + "/profile.pb"
    try Data(Self.profile.encoded).write(to: URL(fileURLWithPath: path))
    let outcome = try Self.decode(path)
    #expect(
      outcome.outputLines == [
        "types alloc_objects/count alloc_space/bytes inuse_objects/count inuse_space/bytes",
        "period space bytes 524288", "time 1700000000123456789 default inuse_space",
        "comment quarry: totals of process 7, started at tick 42, are known to (95 %): alloc_objects ± 20, "
          + "alloc_space ± 196 bytes, inuse_objects ± 8, inuse_space ± 59 bytes",
        "mapping 0x1000 0x9000 0x200 /bin/größe 0aff True",
        "mapping 0x7fff00000000 0x7fff00010000 0x0 /lib/other.so - False",
        "sample 10 1000 5 500 | leaf():42+main:7 0x7fff00001000 | thread=3",
        "sample 1 1099511627776 -1 -9223372036854775808 | leaf():42+main:7 jit;ted", "name:0 0x7fff00001000 |",
        "sample 0 0 0 0 | |",
      ], "\(outcome)")
  }

  static func decode(_ path: String) throws -> Outcome {
    var environment = Command.plainEnvironment
    environment["PYTHONIOENCODING"] = "utf-8"
    let script = Library.packageRoot + "/Tests/InspectionTests/Programs/decode_profile.py"
    let outcome = try Command("/usr/bin/python3", [script, path], environment: environment).run()
    guard outcome.ending == .exit(0) else { throw Failure("is python3-protobuf installed? \(outcome)") }
    return outcome
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    var read = try Profile(decoding: Self.profile.encoded)
    // Of which below: a square is not to the bit that of its root.
    read.scatter = Self.profile.scatter
    #expect(read == Self.profile)
  }

  @Test func damageIsRefusedOrReadButNeverMore() throws {
    let whole = Self.profile.encoded
    var read = 0
    var refused = 0
    try takeSteps(5000, seed: 3) { random in
      var bytes = whole
      if random.once(in: 4) { bytes.removeLast(random.below(bytes.count)) }
      for _ in 0..<random.below(4) where !bytes.isEmpty {
        bytes[random.below(bytes.count)] = UInt8(truncatingIfNeeded: random.next())
      }
      do {
        let profile = try Profile(decoding: bytes)
        // What refers to anything refers to what is there.
        _ = FoldedStacks.text(profile, 0) + ProfileTable(profile, 0).text(rows: 9)
        _ = try? profile.subtracting(Self.profile)
        read += 1
      } catch let error as ProfileError {
        try check(!error.description.contains("\n"), error.description)
        refused += 1
      }
    }
    #expect(read > 500 && refused > 500, "\(read) read, \(refused) refused")
  }

  @Test func anotherFormatIsNamed() {
    #expect(throws: ProfileError(description: "it is no profile in pprof's format")) {
      try Profile(decoding: Array("heap profile: 1: 2 [3: 4] @ heap/5\n".utf8))
    }
    #expect(throws: ProfileError.self) { try Profile(decoding: []) }
  }

  @Test func foldedStacksAndTables() {
    let profile = Self.profile
    #expect(
      FoldedStacks.text(profile, 0) == """
        other.so+0x1000;jit:ted name;main;leaf() 1
        other.so+0x1000;main;leaf() 10

        """)
    let table = ProfileTable(profile, 0)
    #expect(table.rows.first == ProfileTable.Row(function: "leaf()", flat: 11, cumulative: 11))
    #expect(table.rows.contains(ProfileTable.Row(function: "jit;ted\nname", flat: 0, cumulative: 1)))
    let text = table.text(rows: 3)
    #expect(text.hasPrefix("alloc_objects: 11 ± 20 (95 %) in all\n"), "\(text)")
    #expect(text.hasSuffix("  1 more functions\n"), "\(text)")
    // Nothing in a name may reach the terminal as a command.
    #expect(!text.contains("\nname") && ProfileTable.printable("a\u{1b}[2Jb") == "a?[2Jb")
  }

  @Test func foldedStacksHaveNothingForTheTerminal() {
    var profile = Self.profile
    profile.functions[2].name = "jit\u{1b}[2J\tname"
    #expect(FoldedStacks.text(profile, 0).hasPrefix("other.so+0x1000;jit?[2J?name;main;leaf() 1\n"))
  }

  @Test func callSitesAreALineEach() {
    #expect(
      CallSiteTable.text(Self.profile, 2, rows: 1) == """
        inuse_objects: 4 ± 8 (95 %) in all
                   5  leaf() < main < other.so+0x1000
          1 more call sites

        """)
    #expect(CallSiteTable.line(Array(repeating: "f", count: 9)).hasSuffix("f < f < …"))
    #expect(CallSiteTable.line([String(repeating: "x", count: 61)]).count == 60)
    #expect(CallSiteTable.line([]) == "unknown")
  }

  /// The same program mapped elsewhere: what is at one place in a file is one call site.
  @Test func aDifferenceIsByPlaceInTheFile() throws {
    var later = Self.profile
    for index in later.mappings.indices {
      let range = later.mappings[index].range
      later.mappings[index].range = (range.lowerBound + 0x10000)..<(range.upperBound + 0x10000)
    }
    for index in later.locations.indices where later.locations[index].mapping != nil {
      later.locations[index].address += 0x10000
    }
    #expect(try later.subtracting(Self.profile).samples.isEmpty)
    later.samples[0].values[3] += 100
    later.samples.remove(at: 1)
    let growth = try later.subtracting(Self.profile)
    #expect(growth.samples.map(\.values) == [[0, 0, 0, 100], [-1, -(1 << 40), 1, .min]])
    #expect(growth.names(of: growth.samples[1]) == Self.profile.names(of: Self.profile.samples[1]))
    #expect(try Profile(decoding: growth.encoded).encoded == growth.encoded)
    // Those of two processes have nothing to do with each other.
    #expect(growth.scatter?.variances == [200, 20_000, 32, 1800])

    var other = later
    other.valueTypes = [Profile.ValueType(type: "cpu", unit: "nanoseconds")]
    #expect(throws: ProfileError.self) { try later.subtracting(other) }
  }

  /// What a file keeps of the error is what there was, of a difference, too.
  @Test func filesKeepTheError() throws {
    let profile = Self.profile
    var later = profile
    // In between blocks came whose variances are 7 and 700, a part of them went, and others that had been there.
    later.scatter = Profile.Scatter(variances: [107, 10_700, 12, 1000], process: .init(number: 7, start: 42))
    let growth = try later.subtracting(profile)
    let variances: [Double] = [7, 700, 18, 1300]
    #expect(growth.scatter == Profile.Scatter(variances: variances))
    for whole in [profile, growth, try profile.adding(later)] {
      let read = try Profile(decoding: whole.encoded)
      #expect(read.scatter?.process == whole.scatter?.process)
      #expect(whole.valueTypes.indices.allSatisfy { read.error($0) == whole.error($0) && whole.error($0) != nil })
    }
    // A difference is no moment: its variances are added to others.
    #expect(try growth.subtracting(profile).scatter?.variances == [107, 10_700, 34, 2200])
    // Nor is there an error where one of two profiles has none.
    var unknown = profile
    unknown.scatter = nil
    #expect(try unknown.subtracting(profile).error(0) == nil && profile.subtracting(unknown).error(0) == nil)
    #expect(try profile.adding(unknown).error(0) == nil && Profile(decoding: unknown.encoded).error(0) == nil)
  }

  private static let known = "are known to (95 %):"

  @Test(arguments: [
    "", "of somebody else", "quarry: totals \(known) a ± 1", "quarry: totals \(known) a ± 1, b ± 2 bytes, c ± 3",
    "quarry: totals \(known) b ± 1, a ± 2 bytes", "quarry: totals \(known) a ± 1 bytes, b ± 2 bytes",
    "quarry: totals \(known) a ± 1, b ± 2", "quarry: totals \(known) a ± 1, b ± nan bytes",
    "quarry: totals \(known) a ± 1, b ± -2 bytes", "quarry: totals \(known) a ± 1, b ± 4611686018427387905 bytes",
    "quarry: totals \(known) a ± 1, b ± 2 bytes.", "quarry: totals a ± 1, b ± 2 bytes",
    "quarry: totals of process 7 \(known) a ± 1, b ± 2 bytes",
    "quarry: totals of process 4294967296, started at tick 1, \(known) a ± 1, b ± 2 bytes",
  ])
  func otherCommentsTellNoError(_ comment: String) throws {
    let types = [Profile.ValueType(type: "a", unit: "count"), Profile.ValueType(type: "b", unit: "bytes")]
    #expect(Profile.scatter(comment: comment, types: types) == nil)
    let read = try #require(
      Profile.scatter(comment: "quarry: totals \(Self.known) a ± 196, b ± 30 bytes without a sample", types: types))
    #expect(abs(read.variances[0] - 10_000) < 1e-9 && read.variances[1] == 0)
  }

  /// What no sample tells of is not known to be nothing: it is less than three times their mean distance.
  @Test func withoutASampleThereIsABound() throws {
    var nothing = Self.profile
    nothing.samples = []
    nothing.scatter = Profile.Scatter(variances: [0, 0, 0, 0])
    #expect(nothing.valueTypes.indices.allSatisfy { nothing.error($0) == 3 * 524_288 })
    #expect(nothing.totalWords(3) == "0 B ± 1.50 MiB (95 %, no sample)")
    #expect(nothing.totalWords(2) == "0 ± 1572864 (95 %, no sample)")
    #expect(
      ProfileTable(nothing, 3).text(rows: 3).hasPrefix("inuse_space: 0 B ± 1.50 MiB (95 %, no sample) in all\n"))
    #expect(nothing.errorComment?.contains("inuse_space ± 1572864 bytes without a sample") == true)
    let read = try Profile(decoding: nothing.encoded)
    #expect(read.scatter == nothing.scatter && read.error(3) == nothing.error(3))
    // Beside others, it adds nothing: their error is that of the sum. Nor is nothing said of other programs' profiles.
    #expect(try nothing.adding(Self.profile).error(3) == Self.profile.error(3))
    // The fewer samples of two profiles are what a difference may miss.
    var coarse = nothing
    coarse.period = 1 << 20
    #expect(try nothing.subtracting(coarse).error(3) == 3 << 20 && coarse.subtracting(nothing).error(3) == 3 << 20)
    // Damaged ones may say anything.
    coarse.period = .min
    #expect(coarse.error(3) == 0)
    coarse.period = .max
    #expect(coarse.error(3) == 1 << 62)
    nothing.scatter = nil
    #expect(nothing.error(3) == nil && nothing.totalWords(3) == "0 B")
  }

  /// A profile of several processes says whose each sample is; one of a process alone does not, and can be held against it.
  @Test func labelsOfOneSideOnlyDoNotCount() throws {
    var whole = Self.profile
    whole.samples.removeAll { $0.values.allSatisfy { $0 == 0 } }
    for index in whole.samples.indices { whole.samples[index].labels = [:] }
    let one = whole
    func labelled(_ process: String) -> Profile {
      var profile = one
      for index in profile.samples.indices { profile.samples[index].labels = ["process": process] }
      return profile
    }
    let several = try labelled("a").adding(labelled("b"))
    #expect(several.samples.count == 2 * one.samples.count)
    #expect(try several.subtracting(one).samples.map(\.values) == one.samples.map(\.values))
    #expect(try one.subtracting(several).samples.map(\.values) == one.samples.map { $0.values.map { 0 &- $0 } })
    // Where both have labels, they count; and nothing is lost beside a profile without samples.
    let rest = try several.subtracting(labelled("a"))
    #expect(rest.samples.map(\.values) == one.samples.map(\.values))
    #expect(rest.samples.allSatisfy { $0.labels == ["process": "b"] })
    var empty = one
    empty.samples = []
    #expect(try empty.adding(several).samples.map(\.labels) == several.samples.map(\.labels))
  }
}
