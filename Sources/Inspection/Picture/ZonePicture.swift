// ZonePicture: the zone as a picture, one cell for each page: what it holds, and how full it is. Drawn as SVG, HTML or text.

public struct ZonePicture: Sendable {
  /// What a page holds.
  public enum Kind: UInt8, Sendable, CaseIterable {
    case slab, run, freeResident, free, uncarved, none
  }

  public struct Cell: Equatable, Sendable {
    public var kind: Kind
    /// Live share of a slab's page, in 255ths; 255 for a run.
    public var fullness: UInt8
  }

  public var target: String
  /// Address of page 0.
  public var base: UInt
  /// By page.
  public var cells: [Cell]
  /// Pageblocks of 2 MiB that a huge page backs, by their first page.
  public var huge: Set<Int>
  public var slabs: [Slab]
  public var runs: [Run]
  public var cacheNames: [String]
  public var legend: [(kind: Kind, pages: Int)]
  /// How far pages and what lives in them may be off.
  public var bounds: Bounds
  /// What the frames in a picture mean.
  var frames: String { "lines mark 2 MiB" + (huge.isEmpty ? "" : ", thick ones huge pages") }

  /// - Precondition: the snapshot knows its free objects, or what pages of slabs hold.
  public init(_ snapshot: Snapshot) {
    target = snapshot.target
    base = snapshot.zone.base
    bounds = snapshot.bounds
    slabs = snapshot.slabs
    runs = snapshot.runs
    cacheNames = snapshot.caches.map(\.name)
    huge = Set(
      stride(from: 0, to: snapshot.zone.spannedPages, by: 512).filter { page in
        snapshot.residency?.state(of: snapshot.zone.address(of: page)).contains(.huge) == true
      })
    cells = [Cell](repeating: Cell(kind: .none, fullness: 0), count: snapshot.zone.spannedPages)
    var census = SlabCensus(snapshot)
    for slab in snapshot.slabs {
      for (number, page) in census.pages(of: slab).enumerated() {
        let isUsed = page.rest < Snapshot.pageSize
        let live = UInt8(page.live * 255 / Snapshot.pageSize)
        cells[slab.page + number] = Cell(kind: isUsed ? .slab : .uncarved, fullness: live)
      }
    }
    for run in snapshot.runs {
      for page in run.page..<(run.page + run.pages) { cells[page] = Cell(kind: .run, fullness: 255) }
    }
    for block in snapshot.kept + snapshot.freeBlocks.map({ Run(page: $0.page, pages: $0.pages) }) {
      for page in block.page..<(block.page + block.pages) {
        let isResident = snapshot.residency?.state(of: base + UInt(page) << 12).contains(.resident) == true
        cells[page] = Cell(kind: isResident ? .freeResident : .free, fullness: 0)
      }
    }
    var counts = [Int](repeating: 0, count: Kind.allCases.count)
    for cell in cells { counts[Int(cell.kind.rawValue)] += 1 }
    legend = Kind.allCases.map { ($0, counts[Int($0.rawValue)]) }.filter { $0.pages > 0 }
  }

  /// Cells in a row: the pages of 512 KiB, so that four rows are a pageblock of 2 MiB.
  public static let columns = 128
}

extension ZonePicture.Kind {
  /// What people call it.
  public var title: String {
    switch self {
    case .slab: "slab, the darker the fuller"
    case .run: "block of whole pages"
    case .freeResident: "free, resident"
    case .free: "free, given back or never used"
    case .uncarved: "slab, not used yet"
    case .none: "no block"
    }
  }
}

extension ZonePicture {
  /// A colour, as `#rrggbb`, by the reader's screen.
  struct Shade: Hashable {
    var light: String
    var dark: String
  }
}

extension ZonePicture.Cell {
  /// What is in use, or wasted, looks the same everywhere; what costs nothing is near the ground's colour.
  var shade: ZonePicture.Shade {
    switch kind {
    case .slab: same(Self.mix((0xfd, 0xe7, 0xc8), (0xb4, 0x3c, 0x0a), fullness))
    case .run: same("#2b6cb0")
    case .freeResident: same("#8fd19e")
    case .free: ZonePicture.Shade(light: "#e8ecef", dark: "#21262d")
    case .uncarved: ZonePicture.Shade(light: "#f7d9e3", dark: "#543244")
    case .none: same("#5f6368")
    }
  }

  private func same(_ color: String) -> ZonePicture.Shade { ZonePicture.Shade(light: color, dark: color) }

  private static func mix(_ light: (Int, Int, Int), _ dark: (Int, Int, Int), _ share: UInt8) -> String {
    // Sixteen shades: neighbours of nearly one colour become one shape.
    let share = Int(share) / 16 * 17
    func hex(_ light: Int, _ dark: Int) -> String {
      let text = String(light + (dark - light) * share / 255, radix: 16)
      return text.count == 1 ? "0" + text : text
    }
    return "#" + hex(light.0, dark.0) + hex(light.1, dark.1) + hex(light.2, dark.2)
  }
}
