// The picture for a terminal: one character for some pages, by what most of them hold.

extension ZonePicture {
  /// - Parameters:
  ///   - columns: characters in a line.
  ///   - lines: at most so many; each character stands for as many pages as that needs, a power of two.
  public func text(columns: Int, lines: Int) -> String {
    var perCharacter = 1
    while cells.count > perCharacter * max(1, columns) * max(1, lines) { perCharacter *= 2 }
    var text = "\(target): a character is \(Size(perCharacter * Snapshot.pageSize))\n"
    if let words = bounds.words { text += words + "\n" }
    text += "0-9 tenths of slabs that live  # blocks of pages  + free, resident  . free  ~ unused slab  ? none\n"
    var line = ""
    for first in stride(from: 0, to: cells.count, by: perCharacter) {
      line.append(Self.character(cells[first..<min(first + perCharacter, cells.count)]))
      if line.count == columns {
        text += line + "\n"
        line = ""
      }
    }
    return line.isEmpty ? text : text + line + "\n"
  }

  private static func character(_ cells: ArraySlice<Cell>) -> Character {
    var counts = [Int](repeating: 0, count: Kind.allCases.count)
    var live = 0
    for cell in cells {
      counts[Int(cell.kind.rawValue)] += 1
      if cell.kind == .slab { live += Int(cell.fullness) }
    }
    let most = Kind(rawValue: UInt8(counts.indices.max { counts[$0] < counts[$1] } ?? 0)) ?? .none
    switch most {
    case .slab: return Character("\(min(9, live * 10 / (counts[0] * 255)))")
    case .run: return "#"
    case .freeResident: return "+"
    case .free: return "."
    case .uncarved: return "~"
    case .none: return "?"
    }
  }
}
