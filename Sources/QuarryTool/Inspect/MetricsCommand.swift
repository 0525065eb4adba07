// `quarry metrics`: the metrics of one or all Quarry processes of the machine, once or for a collector.

import ArgumentParser
import Inspection
import Measuring

struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Print metrics of programs on Quarry, or serve them to Prometheus.",
    discussion: """
      Without a target, all processes of the machine are shown that run on Quarry and may be read. With --listen, the \
      text is served on the loopback interface at http://127.0.0.1:PORT/metrics until the command is stopped, in the \
      format that the collector asks for; each request reads the processes anew.
      """)

  @Argument(help: ArgumentHelp("Processes, by their numbers.", valueName: "pid"), transform: TargetOptions.process)
  var processes: [Int32] = []

  @Option(
    help: ArgumentHelp("Serve on this port of 127.0.0.1; 0 chooses one and prints it.", valueName: "port"),
    transform: Number.from(0, to: UInt16.max))
  var listen: UInt16?

  @Option(
    help: ArgumentHelp(
      "Print openmetrics, or prometheus: its own text format, which 'promtool check metrics' reads.",
      valueName: "format"
    ))
  var format = MetricsText.Format.openMetrics

  @Flag(help: "Print a dashboard for Grafana over these metrics.")
  var dashboard = false

  func run() throws {
    if dashboard {
      return try printToStandardOutput(JSON.text(GrafanaDashboard()))
    }
    guard let listen else { return try printToStandardOutput(text(format)) }
    // A wrong process is told at once, rather than with the first request.
    _ = try text(format)
    try Exporter.serve(port: listen) { format in (try? text(format)) ?? MetricsText(as: format).text }
  }

  /// The text for those processes that were named, or for all; of each, its snapshot is gone before the next one's is taken.
  private func text(_ format: MetricsText.Format) throws -> String {
    var text = MetricsText(as: format)
    func add(_ process: LiveProcess, _ reader: HeapReader) throws {
      text.add(
        process: process.number, command: process.command, try reader.snapshot([.residency, .slabPages]))
    }
    if processes.isEmpty {
      AllProcesses.forEach(add)
    } else {
      for number in processes {
        let process = try LiveProcess(number)
        try add(process, HeapReader(process))
      }
    }
    return text.text
  }
}

extension MetricsText.Format: ExpressibleByArgument {}
