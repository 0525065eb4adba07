// The picture as JSON, for programs and for the script of its page.

import Measuring

struct ZoneJSON: Encodable {
  struct Entry: Encodable {
    let kind: String
    let title: String
    let pages: Int
  }

  let target: String
  /// Address of page 0, hexadecimal.
  let base: String
  /// Cells in a row of the picture.
  let columns = ZonePicture.columns
  let legend: [Entry]
  /// The colours of cells, each on a light ground and on a dark one, and what they mean.
  let palette: [[String]]
  /// Run lengths: a number of pages and their place in the palette, in turn.
  let cells: [Int]
  /// First page, pages, place of the cache, live objects, capacity, owning heap.
  let slabs: [[Int]]
  /// First page, pages.
  let runs: [[Int]]
  /// First pages of pageblocks that a huge page backs.
  let huge: [Int]
  let caches: [String]
  /// By how many pages of the legend, and bytes of live objects, the picture may be off.
  let boundPages: Int
  let boundBytes: Int

  init(_ picture: ZonePicture) {
    target = picture.target
    base = String(picture.base, radix: 16)
    legend = picture.legend.map { Entry(kind: "\($0.kind)", title: $0.kind.title, pages: $0.pages) }
    slabs = picture.slabs.map { [$0.page, $0.pages, $0.sizeClass, $0.live, $0.capacity, $0.owner] }
    runs = picture.runs.map { [$0.page, $0.pages] }
    huge = picture.huge.sorted()
    caches = picture.cacheNames
    (boundPages, boundBytes) = (picture.bounds.pages, picture.bounds.objectBytes)
    var palette: [[String]] = []
    var places: [ZonePicture.Shade: Int] = [:]
    var cells: [Int] = []
    var page = 0
    while page < picture.cells.count {
      let (first, cell) = (page, picture.cells[page])
      while page < picture.cells.count, picture.cells[page].shade == cell.shade { page += 1 }
      if places[cell.shade] == nil {
        places[cell.shade] = palette.count
        palette.append([cell.shade.light, cell.shade.dark, cell.kind.title])
      }
      cells += [page - first, places[cell.shade]!]
    }
    (self.palette, self.cells) = (palette, cells)
  }
}

extension ZonePicture {
  /// What the picture shows.
  public func json() throws -> String { try JSON.line(ZoneJSON(self)) }
}
