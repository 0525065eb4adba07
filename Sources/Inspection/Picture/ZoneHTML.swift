// The picture as one page of HTML that needs no network: the zone on a canvas, with zoom, and what is under the pointer.

import Measuring

extension ZonePicture {
  public var html: String { Markup.page(title: target, style: Self.style, body: body) }

  private static let style = """
    body { margin: 0; padding: 12px 16px; }
    h1 { font-size: 17px; margin: 0 0 8px; }
    #legend span { display: inline-block; margin: 0 14px 6px 0; white-space: nowrap; }
    #legend i { display: inline-block; width: 11px; height: 11px; margin-right: 5px; border: 1px solid var(--line); }
    #what { min-height: 1.4em; margin: 4px 0; font-family: ui-monospace, monospace; font-size: 13px; }
    #frame { overflow: auto; height: calc(100vh - 150px); border: 1px solid var(--line); }
    canvas { display: block; image-rendering: pixelated; }
    button { font: inherit; margin-right: 6px; }
    """

  private var body: String {
    """
    <h1>\(Markup.escaped(target)): its zone, one cell a page of 4 KiB</h1>
    <div id="legend">\(legendHTML)</div>
    <button id="in" type="button">zoom in</button><button id="out" type="button">zoom out</button>
    <span id="scale"></span>
    <div id="what" aria-live="polite">point at a cell</div>
    <div id="frame"><canvas id="zone" aria-label="the zone's pages"></canvas></div>
    <script>
    "use strict";
    const data = {base: "\(String(base, radix: 16))", columns: \(Self.columns),
    palette: \(paletteJSON),
    cells: \(cellsJSON),
    slabs: \(slabsJSON),
    runs: \(runsJSON),
    huge: [\(huge.sorted().map(String.init).joined(separator: ","))],
    caches: \(namesJSON)};
    \(Self.script)
    </script>
    """
  }

  private var legendHTML: String {
    legend.map { entry in
      let color = Cell(kind: entry.kind, fullness: 170).color
      let text = "\(entry.kind.title): \(Size(entry.pages * Snapshot.pageSize))"
      return "<span><i style=\"background:\(color)\"></i>\(Markup.escaped(text))</span>"
    }.joined()
  }

  /// The distinct colours, with the name of what they mean.
  private var palette: [(color: String, kind: Kind)] {
    var seen: Set<String> = []
    return cells.compactMap { seen.insert($0.color).inserted ? ($0.color, $0.kind) : nil }
  }

  private var paletteJSON: String {
    "[" + palette.map { "[\"\($0.color)\",\"\(Markup.escaped($0.kind.title))\"]" }.joined(separator: ",") + "]"
  }

  /// Run lengths: pairs of a number of pages and a colour.
  private var cellsJSON: String {
    let numbers = Dictionary(uniqueKeysWithValues: palette.enumerated().map { ($0.element.color, $0.offset) })
    var pairs: [String] = []
    var page = 0
    while page < cells.count {
      let first = page
      let color = cells[page].color
      while page < cells.count, cells[page].color == color { page += 1 }
      pairs.append("\(page - first),\(numbers[color]!)")
    }
    return "[" + pairs.joined(separator: ",") + "]"
  }

  private var slabsJSON: String {
    let rows = slabs.map { "[\($0.page),\($0.pages),\($0.sizeClass),\($0.live),\($0.capacity),\($0.owner)]" }
    return "[" + rows.joined(separator: ",") + "]"
  }

  private var runsJSON: String { "[" + runs.map { "[\($0.page),\($0.pages)]" }.joined(separator: ",") + "]" }
  private var namesJSON: String {
    let names = cacheNames.map { $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") }
    return Markup.script(json: "[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]")
  }

  private static let script = """
    const pages = [];
    for (let i = 0; i < data.cells.length; i += 2)
      for (let n = 0; n < data.cells[i]; n++) pages.push(data.cells[i + 1]);
    const rows = Math.ceil(pages.length / data.columns);
    const canvas = document.getElementById("zone");
    let cell = 6;
    function draw() {
      canvas.width = data.columns * cell;
      canvas.height = rows * cell;
      const context = canvas.getContext("2d");
      for (let page = 0; page < pages.length; page++) {
        context.fillStyle = data.palette[pages[page]][0];
        context.fillRect(page % data.columns * cell, Math.floor(page / data.columns) * cell, cell, cell);
      }
      context.strokeStyle = "rgba(32,33,36,0.6)";
      const block = 512 / data.columns * cell;
      for (let y = 0; y < canvas.height; y += block)
        context.strokeRect(0.5, y + 0.5, canvas.width - 1, Math.min(block, canvas.height - y) - 1);
      context.lineWidth = 3;
      for (const page of data.huge)
        context.strokeRect(1.5, page / data.columns * cell + 1.5, canvas.width - 3, block - 3);
      document.getElementById("scale").textContent = cell + " pixels a page";
    }
    function zoom(factor) {
      cell = Math.max(1, Math.min(32, Math.round(cell * factor)));
      draw();
    }
    function holder(list, page) {
      let low = 0, high = list.length;
      while (low < high) {
        const middle = low + high >> 1;
        if (list[middle][0] <= page) low = middle + 1; else high = middle;
      }
      const found = list[low - 1];
      return found && page < found[0] + found[1] ? found : null;
    }
    function describe(page) {
      const address = "0x" + (BigInt("0x" + data.base) + BigInt(page) * 4096n).toString(16);
      const slab = holder(data.slabs, page);
      if (slab) return address + ": " + data.caches[slab[2]] + ", slab of " + slab[1] + " pages, " + slab[3] + " of "
        + slab[4] + " objects live" + (slab[5] ? ", heap " + slab[5] : "");
      const run = holder(data.runs, page);
      if (run) return address + ": block of " + run[1] + " pages";
      return address + ": " + data.palette[pages[page]][1];
    }
    canvas.addEventListener("mousemove", event => {
      const page = Math.floor(event.offsetY / cell) * data.columns + Math.floor(event.offsetX / cell);
      if (page >= 0 && page < pages.length) document.getElementById("what").textContent = describe(page);
    });
    document.getElementById("in").addEventListener("click", () => zoom(1.5));
    document.getElementById("out").addEventListener("click", () => zoom(1 / 1.5));
    draw();
    """
}
