// What the commands say of a program that allocates and frees at full speed: sums that hold within the bound that is printed.

import Foundation
import TestSupport
import Testing

@Suite("Every command on a program at full speed")
struct BusyTests {
  private typealias Object = [String: Any]

  /// How many objects of a cache live at any moment, but for those on their way.
  private static let known = [("malloc-112", 112, 2997...3000), ("malloc-3072", 3072, 597...600)]

  private func churn(samples: String = "off") throws -> LiveProgram {
    try LiveProgram(LiveProgram.compile("churn.cc"), environment: Library.preloaded(options: "sample=\(samples)"))
  }

  private func answer(_ arguments: [String]) throws -> Outcome {
    let outcome = try Command(MatrixTests.tool(), arguments).run()
    try check(outcome.ending == .exit(0) && !outcome.output.isEmpty, "\(arguments): \(outcome)")
    return outcome
  }

  /// Checks what a command prints as JSON, ten times.
  private func look(_ name: String, _ check: (Object) throws -> Void) throws {
    let program = try churn()
    var bounded = 0
    for _ in 0..<10 {
      let answer = try answer([name, "--json", "\(program.number)"])
      let whole = try #require(JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? Object)
      // Of what is told by zone, the one that there is.
      let object = (whole["zones"] as? [Object])?.first ?? whole
      try check(object)
      let bound = object["boundBytes"] as? Int ?? object["bound"] as? Int ?? 1
      if bound > 0 || answer.errors.contains("was at work") { bounded += 1 }
    }
    #expect(bounded > 0, "the program did not work")
  }

  private func number(_ object: Object, _ key: String) throws -> Int {
    try #require(object[key] as? Int, "\(key) in \(object)")
  }

  @Test func slabinfo() throws {
    try look("slabinfo") { object in
      let caches = try #require(object["caches"] as? [Object])
      for (name, _, range) in Self.known {
        let cache = try #require(caches.first { $0["name"] as? String == name })
        let (live, bound) = (try number(cache, "activeObjects"), try number(cache, "bound"))
        try check(
          live + bound >= range.lowerBound && live - bound <= range.upperBound, "\(name): \(live), exact to \(bound)")
        try check(live <= (try number(cache, "objects")), "\(cache)")
      }
    }
  }

  @Test func buddyinfoAndPagetypeinfo() throws {
    func pages(_ blocks: [Int]) -> Int { blocks.enumerated().reduce(0) { $0 + $1.element << $1.offset } }
    try look("buddyinfo") { object in
      try check(pages(object["freeBlocks"] as? [Int] ?? []) == (try number(object, "freePages")), "\(object)")
    }
    try look("pagetypeinfo") { object in
      let types = try #require(object["freeBlocks"] as? [String: [Int]])
      try check(types.count == 4 && types.values.allSatisfy { pages($0) >= 0 }, "\(object)")
    }
  }

  @Test func zoneinfo() throws {
    try look("zoneinfo") { object in
      let parts = try ["free", "slab", "runs", "kept"].reduce(0) { $0 + (try number(object, $1)) }
      let missing = try number(object, "managed") - parts
      try check(abs(missing) <= (try number(object, "bound")), "\(missing) pages of \(object)")
    }
  }

  @Test func meminfo() throws {
    try look("meminfo") { object in
      let lines = try #require(object["lines"] as? [Object])
      let values = Dictionary(
        uniqueKeysWithValues: lines.map { ($0["name"] as? String ?? "", $0["kilobytes"] as? Int ?? -1) })
      let bound = (try number(object, "bound") + 1023) / 1024
      try check(values["MemFree"]! + values["Active"]! <= values["MemTotal"]! + bound, "\(values), exact to \(bound)")
      try check(abs(values["SReclaimable"]! + values["SUnreclaim"]! - values["Slab"]!) <= 1, "\(values)")
    }
  }

  @Test func fragmentation() throws {
    try look("fragmentation") { object in
      let parts = try #require(object["parts"] as? [Object]).map { try number($0, "bytes") }
      try check(parts.allSatisfy { $0 >= 0 } && parts.reduce(0, +) == (try number(object, "bytes")), "\(object)")
      for cache in try #require(object["caches"] as? [Object]) {
        let held = try ["live", "freeInSlabs", "waiting", "holes", "neverUsed"].map { try number(cache, $0) }
        try check(held.reduce(0, +) == (try number(cache, "resident")), "\(cache)")
      }
      let least = Self.known.reduce(0) { $0 + $1.1 * $1.2.lowerBound }
      try check(try number(object, "liveBlocks") + number(object, "bound") >= least, "\(object)")
    }
  }

  @Test func map() throws {
    try look("map") { object in
      let slabs = try #require(object["slabs"] as? [[Int]])
      let caches = try #require(object["caches"] as? [String])
      for (name, size, range) in Self.known {
        let live = slabs.filter { caches[$0[2]] == name }.reduce(0) { $0 + $1[3] }
        let bound = try number(object, "boundBytes") / size
        try check(
          live + bound >= range.lowerBound && live - bound <= range.upperBound, "\(name): \(live), exact to \(bound)")
      }
      let legend = try #require(object["legend"] as? [Object]).reduce(0) { $0 + (try number($1, "pages")) }
      let cells = try #require(object["cells"] as? [Int])
      try check(legend == stride(from: 0, to: cells.count, by: 2).reduce(0) { $0 + cells[$1] }, "\(legend) pages")
    }
  }

  /// The picture says how far it may be off, whatever it is drawn as; one of a process at rest says nothing of it.
  @Test(arguments: ["svg", "html", "text"])
  func mapSaysItsBound(_ form: String) throws {
    func picture(_ program: LiveProgram) throws -> String {
      if form == "text" { return try answer(["map", "\(program.number)"]).output }
      let path = try Scratch.folder() + "/zone." + form
      let outcome = try Command(MatrixTests.tool(), ["map", "-o", path, "\(program.number)"]).run()
      try check(outcome.ending == .exit(0), "\(outcome)")
      return try Scratch.read(path)
    }
    let words = /page counts are exact to [0-9]+, live objects to [0-9]+ bytes/
    let busy = try churn()
    // One that waits for others at every moment of a reading, there may be; ten, not.
    #expect(try (0..<10).contains { _ in try picture(busy).contains(words) })
    let still = try LiveProgram(LiveProgram.compile("known.cc"))
    _ = try still.atRest()
    #expect(try !picture(still).contains("exact to"))
  }

  /// Rows and the bound above them.
  @Test func top() throws {
    let program = try churn()
    let looks = try answer(["top", "--delay", "0.05", "--count", "10", "\(program.number)"]).output
      .components(separatedBy: "\n\n")
    var bounded = 0
    for look in looks where look.contains("NAME") {
      let bound = look.firstMatch(of: /live objects to ([0-9]+) bytes/).flatMap { Int($0.1) } ?? 0
      if bound > 0 { bounded += 1 }
      let rows = look.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      for (name, size, range) in Self.known {
        let live = try #require(rows.first { $0.last == name }.flatMap { Int($0[1]) }, "\(look)")
        try check(
          live + bound / size >= range.lowerBound && live - bound / size <= range.upperBound, "\(look)")
      }
    }
    #expect(bounded > 0, "\(looks)")
  }

  /// It goes on as long as the program does, and says that it ended.
  @Test func topWatchesToTheEnd() throws {
    let program = try churn()
    let top = try LiveProgram(
      MatrixTests.tool(), ["top", "--delay", "0.05", "\(program.number)"], environment: Command.plainEnvironment,
      ready: "NAME")
    while try !top.readLine().contains("NAME") {}
    program.kill()
    while try !top.readLine().hasSuffix(" ended") {}
    #expect(try top.waitForEnd() == 0)
  }

  /// All at once, as the exporter serves them.
  @Test func metrics() throws {
    let program = try churn()
    for _ in 0..<10 {
      let lines = try answer(["metrics", "\(program.number)"]).outputLines
      func value(_ name: String, _ label: String = "pid") throws -> Int {
        let line = try #require(lines.first { $0.hasPrefix(name + "{") && $0.contains(label) }, "\(name) \(label)")
        return try #require(Int(line.split(separator: " ").last!))
      }
      let bound = try value("quarry_bound_bytes")
      for (name, size, range) in Self.known {
        let live = try value("quarry_cache_objects", "cache=\"\(name)\",state=\"live\"")
        try check(
          live + bound / size >= range.lowerBound && live - bound / size <= range.upperBound,
          "\(name): \(live), exact to \(bound) bytes")
      }
    }
  }

  /// What is told of a place may be over when it is read, and that is said.
  @Test func why() throws {
    let program = try churn()
    // A slab of a cache that always has many.
    let map = try answer(["map", "--json", "\(program.number)"])
    let object = try #require(JSONSerialization.jsonObject(with: Data(map.output.utf8)) as? Object)
    let base = try #require((object["base"] as? String).flatMap { UInt($0, radix: 16) })
    let caches = try #require(object["caches"] as? [String])
    let slab = try #require((object["slabs"] as? [[Int]])?.first { caches[$0[2]] == "malloc-112" })
    let address = "0x" + String(base + UInt(slab[0]) << 12, radix: 16)
    let looks = try (0..<10).map { _ in try answer(["why", "\(program.number)", address]) }
    #expect(looks.contains { $0.output.contains(" 112-byte object of cache malloc-112: number 0 of ") }, "\(looks)")
    #expect(looks.contains { $0.errors.contains("quarry: the process was at work: ") })
    #expect(looks.allSatisfy { $0.errorLines.count <= 1 })
  }

  /// What lives by the samples is what the program has, within the error that is told. (ProfileTests have the arithmetic.)
  @Test func profile() throws {
    let program = try churn(samples: "4096")
    let live = Self.known.reduce(0) { $0 + $1.2.upperBound * ($1.1 == 112 ? 100 : 3000) }
    for _ in 0..<5 {
      let json = try answer(["profile", "--json", "\(program.number)"]).output
      let object = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? Object)
      let (totals, errors) = (object["totals"] as? Object ?? [:], object["errors"] as? Object ?? [:])
      let (total, error) = (try number(totals, "inuse_space"), try number(errors, "inuse_space"))
      // Beside these, what is on its way between threads, the lists of the blocks, and the C library's.
      let others = 64 * 500 + 3 * 100_000 + 3 * 9600 + (100 << 10)
      try check(total >= live - error * 3 && total <= live + others + error * 3, "\(total) ± \(error), known \(live)")
    }
    let top = try answer(["profile", "--top", "5", "\(program.number)"])
    #expect(top.outputLines[0].contains(/inuse_space: .* ± .* \(95 %\) in all/), "\(top)")
  }

  /// What cannot be reached is no more than threads had in their hands. (LeaksTests have programs without samples.)
  @Test func leaks() throws {
    let program = try churn(samples: "65536")
    var bounded = 0
    for _ in 0..<10 {
      let json = try answer(["leaks", "--json", "\(program.number)"]).output
      let object = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? Object)
      let (bound, threads) = (try number(object, "bound"), try number(object, "threadsAtWork"))
      try check((bound > 0) == (threads > 0) && (try number(object, "bytes")) <= bound, json)
      if bound > 0 { bounded += 1 }
    }
    #expect(bounded > 0, "the program did not work")
  }
}
