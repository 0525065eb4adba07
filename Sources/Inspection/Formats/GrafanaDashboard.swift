// GrafanaDashboard: a dashboard over the metrics of MetricsText.swift, for Grafana's import of JSON.

public struct GrafanaDashboard: Encodable {
  struct Target: Encodable {
    var expr: String
    var legendFormat: String
    var refId = "A"
    var datasource = Datasource()
  }
  struct Datasource: Encodable {
    var type = "prometheus"
    var uid = "${source}"
  }
  struct Place: Encodable { var x, y, w, h: Int }
  struct Defaults: Encodable {
    var unit: String
    var custom: [String: [String: String]]
  }
  struct Fields: Encodable {
    var defaults: Defaults
    var overrides: [String] = []
  }
  struct Panel: Encodable {
    var id: Int
    var title: String
    var description: String
    var type = "timeseries"
    var gridPos: Place
    var fieldConfig: Fields
    var targets: [Target]
    var datasource = Datasource()
  }
  struct Variable: Encodable {
    var name: String
    var label: String
    var type: String
    var query: String
    var datasource: Datasource?
    var refresh = 2
    var includeAll: Bool
    var multi: Bool
  }
  struct Templating: Encodable { var list: [Variable] }
  struct Range: Encodable {
    var from = "now-6h"
    var to = "now"
  }

  var title = "Quarry heaps"
  var uid = "quarry-heaps"
  var schemaVersion = 39
  var tags = ["quarry", "memory"]
  var refresh = "30s"
  var time = Range()
  var templating: Templating
  var panels: [Panel]

  public init() {
    templating = Templating(list: [
      Variable(
        name: "source", label: "data source", type: "datasource", query: "prometheus", datasource: nil,
        includeAll: false, multi: false),
      Variable(
        name: "command", label: "program", type: "query", query: "label_values(quarry_opened_bytes, command)",
        datasource: Datasource(), includeAll: true, multi: true),
    ])
    let wanted = "{command=~\"$command\"}"
    let graphs: [(title: String, description: String, expression: String, legend: String, unit: String, stacks: Bool)] =
      [
        (
          "Where resident bytes are", "All parts of the heaps; live blocks are what programs use.",
          "sum by (kind) (quarry_resident_bytes\(wanted))", "{{kind}}", "bytes", true
        ),
        (
          "Resident bytes for each live one", "1 would be no waste at all.",
          "sum by (pid, command) (quarry_resident_bytes\(wanted)) / on (pid, command) "
            + "quarry_resident_bytes{command=~\"$command\",kind=\"live\"}", "{{command}} {{pid}}", "none", false
        ),
        (
          "Largest caches", "Bytes of the slabs of each size.",
          "topk(10, sum by (cache) (quarry_cache_bytes\(wanted)))",
          "{{cache}}", "bytes", true
        ),
        (
          "Live blocks", "Bytes of live blocks, resident or not.", "quarry_live_bytes\(wanted)", "{{command}} {{pid}}",
          "bytes", false
        ),
        (
          "Free blocks by order", "Small orders alone mean fragmentation of whole pages.",
          "sum by (order) (quarry_free_blocks\(wanted))", "order {{order}}", "none", true
        ),
        (
          "Given back to the system", "Pages of 4 KiB a second.", "rate(quarry_purged_pages_total\(wanted)[5m])",
          "{{command}} {{pid}}", "none", false
        ),
      ]
    panels = graphs.enumerated().map { number, graph in
      Panel(
        id: number + 1, title: graph.title, description: graph.description,
        gridPos: Place(x: number % 2 * 12, y: number / 2 * 9, w: 12, h: 9),
        fieldConfig: Fields(
          defaults: Defaults(
            unit: graph.unit, custom: ["stacking": ["mode": graph.stacks ? "normal" : "none"]])),
        targets: [Target(expr: graph.expression, legendFormat: graph.legend)])
    }
  }
}
