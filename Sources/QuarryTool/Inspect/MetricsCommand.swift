// `quarry metrics`: OpenMetrics text of one or all Quarry processes of the machine, once or for a collector.

import ArgumentParser
import Inspection

struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Print OpenMetrics text of programs on Quarry, or serve it to Prometheus.",
    discussion: """
      Without a target, all processes of the machine are shown that run on Quarry and may be read. With --listen, the \
      text is served on the loopback interface at http://127.0.0.1:PORT/metrics until the command is stopped; each \
      request reads the processes anew.
      """)

  @Argument(help: ArgumentHelp("Processes, by their numbers.", valueName: "pid"))
  var processes: [Int32] = []

  @Option(help: ArgumentHelp("Serve on this port of 127.0.0.1; 0 chooses one and prints it.", valueName: "port"))
  var listen: UInt16?

  @Flag(help: "Print a dashboard for Grafana over these metrics.")
  var dashboard = false

  func run() throws {
    if dashboard {
      print(try JSON.text(GrafanaDashboard()), terminator: "")
      return
    }
    guard let listen else {
      print(try text(), terminator: "")
      return
    }
    // A wrong process is told at once, rather than with the first request.
    _ = try text()
    try Exporter.serve(port: listen) { (try? text()) ?? OpenMetrics.text([]) }
  }

  private func text() throws -> String {
    let depth: HeapReader.Depth = [.residency, .freeObjects]
    if processes.isEmpty {
      return OpenMetrics.text(
        AllProcesses.readers().compactMap { process, reader in
          guard let snapshot = try? reader.snapshot(depth) else { return nil }
          return .init(process: process.number, command: process.command, snapshot: snapshot)
        })
    }
    return OpenMetrics.text(
      try processes.map { number in
        let process = try LiveProcess(number)
        return .init(process: number, command: process.command, snapshot: try HeapReader(process).snapshot(depth))
      })
  }
}
