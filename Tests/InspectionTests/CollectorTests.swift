// Collectors that people run already: what they read of the commands' output.

import Foundation
import TestSupport
import Testing

@Suite("Collectors")
struct CollectorTests {
  private func quarry(_ arguments: String...) throws -> Outcome {
    let folder = try Library.path().split(separator: "/").dropLast().map { "/" + $0 }.joined()
    return try Command(folder + "/quarry-tool", arguments).run()
  }

  /// The kernel's formats, as Prometheus's own collector of a machine's figures parses them.
  @Test func nodeExporterReadsTheKernelsFormats() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"))
    let folder = try Scratch.folder()
    let formats = ["buddyinfo", "meminfo", "slabinfo", "zoneinfo"]
    for name in formats { try Scratch.write(try quarry(name, "\(program.number)").output, to: "\(folder)/\(name)") }
    let exporter = try Tools.find("prometheus-node-exporter", "node_exporter", package: "prometheus-node-exporter")
    let collectors = formats.map { "--collector.\($0)" }.joined(separator: " ")
    let command = """
      exec \(exporter) --path.procfs=\(folder) --collector.disable-defaults \(collectors) \
      --web.listen-address=127.0.0.1:0 2>&1
      """
    let server = try LiveProgram(
      "/bin/sh", ["-c", command], environment: Command.plainEnvironment, ready: "Listening on")
    let address = try #require(server.firstLine.firstMatch(of: /address=(127\.0\.0\.1:[0-9]+)/)).1
    let page = try Command(Tools.find("curl", package: "curl"), ["-sS", "http://\(address)/metrics"]).run()
    #expect(page.ending == .exit(0))
    let lines = Set(page.outputLines)
    for name in formats { #expect(lines.contains("node_scrape_collector_success{collector=\"\(name)\"} 1"), "\(page)") }
    #expect(lines.contains("node_slabinfo_active_objects{slab=\"malloc-112\"} 500"))
    #expect(lines.contains { $0.hasPrefix("node_buddyinfo_blocks{node=\"0\",size=\"18\",zone=\"Normal\"}") })
    #expect(lines.contains { $0.hasPrefix("node_zoneinfo_spanned_pages{node=\"0\",zone=\"Normal\"}") }, "\(page)")
    #expect(lines.contains { $0.hasPrefix("node_memory_Slab_bytes ") })
  }

  /// collectl reads the files in whose place ours are put for it alone, where there is no /sys/kernel/slab.
  @Test func collectlReadsSlabsAndFreeBlocks() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"))
    let folder = try Scratch.folder()
    let formats = ["slabinfo", "buddyinfo"]
    for name in formats { try Scratch.write(try quarry(name, "\(program.number)").output, to: "\(folder)/\(name)") }
    let script = """
      for name in \(formats.joined(separator: " ")); do mount --bind "$1/$name" /proc/$name || exit; done
      if [ -d /sys/kernel ]; then mount -t tmpfs none /sys/kernel || exit; fi
      exec "$2" -sYB -c 1 -i 1:1
      """
    let outcome = try Command(
      Tools.find("unshare", package: "util-linux"),
      ["--mount", "sh", "-c", script, "sh", folder, Tools.find("collectl", package: "collectl")]
    ).run()
    #expect(outcome.ending == .exit(0), "needs root: \(outcome)")
    let rows = outcome.outputLines.map { $0.split(separator: " ").map(String.init) }
    // In use, their bytes, and all.
    #expect(rows.contains { $0.first == "malloc-112" && $0[1...3] == ["500", "56000", "1008"] }, "\(outcome)")
    let buddies = try Scratch.read("\(folder)/buddyinfo").split(separator: " ").dropFirst(4).prefix(11).map(String.init)
    #expect(rows.contains { $0.starts(with: ["0", "Normal"]) && $0.dropFirst(2) == buddies[...] }, "\(outcome)")
  }

  /// sar reads the file in whose place ours is put for it alone.
  @Test func sarReadsTheMemory() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"))
    _ = try program.atRest()
    let file = try Scratch.folder() + "/meminfo"
    try Scratch.write(try quarry("meminfo", "\(program.number)").output, to: file)
    let lines = try Scratch.read(file).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    func value(_ name: String) -> String? { lines.first { $0[0] == name + ":" }?[1] }
    let outcome = try Command(
      Tools.find("unshare", package: "util-linux"),
      [
        "--mount", "sh", "-c", "mount --bind \"$1\" /proc/meminfo && exec \"$2\" -r ALL 1 1", "sh", file,
        Tools.find("sar", package: "sysstat"),
      ]
    ).run()
    #expect(outcome.ending == .exit(0), "needs root: \(outcome)")
    let rows = outcome.outputLines.map { $0.split(separator: " ").map(String.init) }
    let titles = try #require(rows.first { $0.contains("kbmemfree") })
    let row = try #require(rows.last { $0.count >= titles.count }, "\(outcome)")
    let columns = ["kbmemfree": "MemFree", "kbslab": "Slab", "kbactive": "Active", "kbanonpg": "AnonPages"]
    for (title, name) in columns {
      let place = try #require(titles.firstIndex(of: title))
      #expect(row[place] == value(name) && Int(row[place]) ?? 0 > 100, "\(title): \(outcome)")
    }
  }

  @Test func promtoolTakesTheMetrics() throws {
    let program = try LiveProgram(LiveProgram.compile("known.cc"))
    var promtool = Command(try Tools.find("promtool", package: "prometheus"), ["check", "metrics"])
    promtool.input = try quarry("metrics", "--format", "prometheus", "\(program.number)").output
    let outcome = try promtool.run()
    #expect(outcome.ending == .exit(0) && outcome.output.isEmpty && outcome.errors.isEmpty, "\(outcome)")
  }
}
