// The picture as one page of HTML that needs no network: the zone on a canvas, with zoom, and what is under the pointer.

import Measuring

extension ZonePicture {
  public func html() throws -> String { Markup.page(title: target, style: Self.style, body: try body()) }

  private static let style = """
    body { margin: 0; padding: 12px 16px; }
    h1 { font-size: 17px; margin: 0 0 8px; }
    #legend span { display: inline-block; margin: 0 14px 6px 0; white-space: nowrap; }
    #legend i { display: inline-block; width: 11px; height: 11px; margin-right: 5px; border: 1px solid var(--line); }
    #legend i { background: var(--light); }
    @media (prefers-color-scheme: dark) { #legend i { background: var(--dark); } }
    #what { min-height: 1.4em; margin: 4px 0; font-family: ui-monospace, monospace; font-size: 13px; }
    #frame { overflow: auto; height: calc(100vh - 150px); border: 1px solid var(--line); }
    canvas { display: block; image-rendering: pixelated; }
    button { font: inherit; margin-right: 6px; }
    """

  private func body() throws -> String {
    """
    <h1>\(Markup.escaped(target)): its zone, one cell a page of 4 KiB; \(frames)</h1>
    <div id="legend">\(legendHTML)</div>
    \(bounds.words.map { "<p id=\"bound\">\($0)</p>" } ?? "")
    <button id="in" type="button">zoom in</button><button id="out" type="button">zoom out</button>
    <span id="scale"></span>
    <div id="what" aria-live="polite">point at a cell</div>
    <div id="frame"><canvas id="zone" aria-label="the zone's pages"></canvas></div>
    <script type="application/json" id="zone-data">\(Markup.script(json: try json()))</script>
    <script>
    \(Self.script)
    </script>
    """
  }

  private var legendHTML: String {
    legend.map { entry in
      let shade = Cell(kind: entry.kind, fullness: 170).shade
      let text = "\(entry.kind.title): \(Size(entry.pages * Snapshot.pageSize))"
      return "<span data-kind=\"\(entry.kind)\" data-pages=\"\(entry.pages)\">"
        + "<i style=\"--light: \(shade.light); --dark: \(shade.dark)\"></i>\(Markup.escaped(text))</span>"
    }.joined()
  }

  private static let script = """
    "use strict";
    const data = JSON.parse(document.getElementById("zone-data").textContent);
    const dark = matchMedia("(prefers-color-scheme: dark)");
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
        context.fillStyle = data.palette[pages[page]][dark.matches ? 1 : 0];
        context.fillRect(page % data.columns * cell, Math.floor(page / data.columns) * cell, cell, cell);
      }
      // Dark on both grounds, since what is in use is light on both.
      context.strokeStyle = dark.matches ? "rgba(1,4,9,0.8)" : "rgba(32,33,36,0.6)";
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
    function count(pages) { return pages + (pages === 1 ? " page" : " pages"); }
    function describe(page) {
      const address = "0x" + (BigInt("0x" + data.base) + BigInt(page) * 4096n).toString(16);
      const slab = holder(data.slabs, page);
      if (slab) return address + ": " + data.caches[slab[2]] + ", slab of " + count(slab[1]) + ", " + slab[3] + " of "
        + slab[4] + " objects live" + (slab[5] ? ", heap " + slab[5] : "");
      const run = holder(data.runs, page);
      if (run) return address + ": block of " + count(run[1]);
      return address + ": " + data.palette[pages[page]][2];
    }
    canvas.addEventListener("mousemove", event => {
      const page = Math.floor(event.offsetY / cell) * data.columns + Math.floor(event.offsetX / cell);
      if (page >= 0 && page < pages.length) document.getElementById("what").textContent = describe(page);
    });
    document.getElementById("in").addEventListener("click", () => zoom(1.5));
    document.getElementById("out").addEventListener("click", () => zoom(1 / 1.5));
    dark.addEventListener("change", draw);
    draw();
    """
}
