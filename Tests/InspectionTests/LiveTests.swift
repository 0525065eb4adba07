// Snapshots of live programs, held against what the programs know of themselves and what the kernel says of them.

import Foundation
import Inspection
import TestSupport
import Testing

@Suite("Live programs")
struct LiveTests {
  @Test func countsOfAKnownProgramAreExact() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"))
    let snapshot = try HeapReader(program.atRest()).snapshot([.residency, .freeObjects])
    #expect(snapshot.bounds.isExact && snapshot.contradictions.isEmpty, "\(snapshot.contradictions)")
    func cache(_ name: String) throws -> Cache { try #require(snapshot.caches.first { $0.name == name }) }
    #expect(try cache("malloc-112").live == 500)
    #expect(try cache("malloc-1024").live == 300)
    #expect(snapshot.runs.filter { $0.pages == 25 }.count == 9)
    #expect(snapshot.areas.map(\.bytes) == [64 << 20])
    for cache in snapshot.caches {
      #expect(cache.carved == cache.live + cache.home + cache.away, "\(cache)")
    }
    // Every page is free, in a slab, in a run, or page 0.
    let pages =
      snapshot.zone.freePages + snapshot.slabs.reduce(0) { $0 + $1.pages }
      + (snapshot.runs + snapshot.kept).reduce(0) { $0 + $1.pages }
    #expect(pages + 1 == snapshot.zone.presentPages)

    let report = Fragmentation(snapshot)
    let area = try #require(snapshot.areas.first)
    #expect(try #require(snapshot.residency).residentBytes(area.range) == 32 << 20)
    #expect(report.bytes(.live) >= 32 << 20 + 9 * 25 * 4096 + 500 * 112 + 300 * 1024)
    #expect(report.freeByOrder.reduce(0, +) == 25 * 4096)
  }

  /// Live objects that are samples are their caches' as well, and their pages count once.
  @Test(arguments: ["1", "4K", "64K"])
  func samplesAreAmongTheirCaches(_ interval: String) throws {
    let program = try LiveProgram(
      LiveProgram.compile("known.cc"), environment: Library.preloaded(options: "sample=\(interval)"))
    let snapshot = try HeapReader(program.atRest()).snapshot([.residency, .slabPages])
    #expect(snapshot.bounds.isExact && snapshot.contradictions.isEmpty, "\(snapshot.contradictions)")
    let known = [("malloc-112", 500, 112), ("malloc-1024", 300, 1024)]
    let report = Fragmentation(snapshot)
    let slabs = SlabInfo(snapshot).caches
    var metrics = MetricsText(as: .prometheus)
    metrics.add(process: 1, command: "known", snapshot)
    let top = TopTable(snapshot, before: nil, seconds: 0, order: .live).rows(.max).map { $0.split(separator: " ") }
    for (name, count, size) in known {
      let row = try #require(slabs.first { $0.name == name })
      #expect(row.activeObjects == count && row.objects >= count)
      #expect(report.caches.first { $0.name == name }?.live == count * size)
      #expect(metrics.text.contains("cache=\"\(name)\",state=\"live\"} \(count)\n"))
      #expect(top.contains { $0.last == Substring(name) && $0[1] == "\(count)" })
    }
    #expect(!snapshot.samples.isEmpty && report.bytes(.unknown) == 0)
    let ranges = [snapshot.zone.range] + snapshot.areas.map(\.range) + snapshot.metadata.map(\.range)
    let resident = try #require(snapshot.residency)
    #expect(report.bytes <= ranges.reduce(0) { $0 + resident.residentBytes($1) })
  }

  /// Pages that were given back from the middle of slabs hold no object, live or free.
  @Test func holesInSlabsAreSeen() throws {
    let program = try LiveProgram(LiveProgram.compile("holes.cc"))
    let snapshot = try HeapReader(program.atRest()).snapshot([.residency, .freeObjects])
    #expect(snapshot.bounds.isExact && snapshot.contradictions.isEmpty, "\(snapshot.contradictions)")
    let cache = try #require(snapshot.caches.first { $0.name == "malloc-416" })
    #expect(cache.live == 100, "\(cache)")
    #expect(snapshot.slabs.contains { $0.holes != 0 })
    let residency = try #require(snapshot.residency)
    for slab in snapshot.slabs {
      for page in 0..<slab.pages where slab.holes >> UInt64(page) & 1 != 0 {
        let address = snapshot.zone.base + UInt(slab.page + page) << 12
        #expect(!residency.state(of: address).contains(.resident))
      }
    }
    #expect(try Leaks.find(program.atRest()).blocks == 0)
  }

  @Test(arguments: ["known", "redis-server", "python3"])
  func partsAddUpToWhatTheKernelSays(_ name: String) throws {
    let program = try start(name)
    let reader = try HeapReader(program.atRest())
    var snapshot = try reader.snapshot([.residency, .freeObjects])
    // Servers do something by themselves now and then.
    for _ in 0..<100 where !snapshot.bounds.isExact { snapshot = try reader.snapshot([.residency, .freeObjects]) }
    let report = Fragmentation(snapshot)
    #expect(snapshot.bounds.isExact && report.bytes(.unknown) == 0, "\(snapshot.bounds) \(snapshot.contradictions)")
    let (kernel, beyond) = try Smaps.resident(program.number, within: snapshot.ranges)
    #expect(kernel > 200 << 10)
    let least = kernel - min(beyond, 64 << 10)
    #expect(
      report.bytes * 100 >= least * 99 && report.bytes * 100 <= kernel * 101,
      "parts \(report.bytes), smaps \(kernel), of others in the same mappings up to \(beyond)")
  }

  /// Of a program at work, too, within the bound of pages that is told: what the kernel says before and after lies that
  /// near. (The bound of live objects does not concern the sum.) How much changes during a look depends on who else runs;
  /// looks are taken until ten have a bound that says something.
  @Test func partsAddUpUnderLoad() throws {
    let file = try Scratch.folder() + "/counts"
    let program = try LiveProgram(LiveProgram.compile("counted.cc"), [file, "2", "48"])
    let reader = try HeapReader(LiveProcess(program.number))
    var (telling, inexact) = (0, 0)
    for _ in 0..<100 where telling < 10 {
      let ranges = try reader.snapshot().ranges
      let before = try Smaps.resident(program.number, within: ranges)
      let snapshot = try reader.snapshot([.residency, .slabPages])
      let report = Fragmentation(snapshot)
      let bound = snapshot.bounds.pages * Snapshot.pageSize
      let after = try Smaps.resident(program.number, within: snapshot.ranges)
      let beyond = min(max(before.beyond, after.beyond), 64 << 10)
      let least = (min(before.bytes, after.bytes) - beyond) * 99 / 100 - bound
      let most = max(before.bytes, after.bytes) * 101 / 100 + bound
      let words = "parts \(report.bytes) exact to \(bound), smaps \(before) and \(after)"
      try check(least <= report.bytes && report.bytes <= most, words)
      try check(before.bytes > 96 << 20, words)
      if bound < before.bytes / 8 { telling += 1 }
      if report.bound > 0 { inexact += 1 }
    }
    #expect(telling == 10 && inexact > 0)
  }

  /// Not to read the free objects that cannot make up a page changes no sum.
  @Test(arguments: ["known", "holes", "dropped", "redis-server", "python3"])
  func fewerReadsTellTheSame(_ name: String) throws {
    let program =
      switch name {
      case "holes": try LiveProgram(LiveProgram.compile("holes.cc"))
      case "dropped": try LiveProgram(LiveProgram.compile("dropped.c"))
      default: try start(name)
      }
    kill(program.number, SIGSTOP)
    let reader = try HeapReader(program.atRest())
    let all = try reader.snapshot([.residency, .freeObjects])
    let fewer = try reader.snapshot([.residency, .slabPages])
    // What holes are among is read in full, and where a page is not there for another reason.
    if name != "holes", name != "dropped" { #expect(try #require(fewer.home).count < #require(all.home).count) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(try encoder.encode(Fragmentation(all)) == encoder.encode(Fragmentation(fewer)))
  }

  private func start(_ name: String) throws -> LiveProgram { try LiveProgram.start(name) }
}

extension LiveProgram {
  /// One of the programs that tests look into.
  static func start(_ name: String, environment: [String: String]? = nil) throws -> LiveProgram {
    switch name {
    case "redis-server":
      let folder = try Scratch.folder()
      return try LiveProgram(
        Tools.find("redis-server", package: "redis-server"),
        ["--port", "0", "--unixsocket", folder + "/socket", "--save", "", "--dir", folder],
        environment: environment, ready: "eady to accept")
    case "python3":
      return try LiveProgram(
        "/usr/bin/python3",
        ["-c", "x=[str(i)*50 for i in range(50000)]; del x[::3]; print('ready',flush=True); input()"],
        environment: environment)
    default: return try LiveProgram(LiveProgram.compile("known.cc"), environment: environment)
    }
  }
}

extension Snapshot {
  /// All that is Quarry's.
  fileprivate var ranges: [Range<UInt>] { [zone.range] + areas.map(\.range) + metadata.map(\.range) }
}

/// What /proc/PID/smaps says.
enum Smaps {
  /// Resident bytes of the mappings that lie within the ranges altogether, or reach beyond one of them by a neighbour
  /// that the kernel joined to it; and the bytes of these neighbours.
  static func resident(_ process: Int32, within ranges: [Range<UInt>]) throws -> (bytes: Int, beyond: Int) {
    var sum = 0
    var beyond = 0
    var counts = false
    // Foundation reads files in /proc by halves.
    for line in try Command("/bin/cat", ["/proc/\(process)/smaps"]).run().outputLines {
      let words = line.split(separator: " ")
      if words[0].hasSuffix(":") {
        if counts, words[0] == "Rss:", let kilobytes = Int(words[1]) { sum += kilobytes << 10 }
      } else {
        let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
        let mapping = ends[0]..<ends[1]
        counts = ranges.contains { $0.overlaps(mapping) }
        if counts { beyond += mapping.count - ranges.reduce(0) { $0 + $1.clamped(to: mapping).count } }
      }
    }
    return (sum, beyond)
  }
}
