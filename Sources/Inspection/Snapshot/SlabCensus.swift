// SlabCensus: what the bytes of slabs hold, page by page.

/// The bytes of one page of a slab, by what they hold.
struct SlabPage: Equatable {
  var live = 0
  var home = 0
  var away = 0
  /// Never handed out: not carved yet, or the tail that is too short for an object.
  var rest = 0
}

struct SlabCensus {
  private let snapshot: Snapshot
  private let home: [UInt64]
  private let away: [UInt64]
  private var homePlace = 0
  private var awayPlace = 0

  /// - Precondition: the snapshot knows its free objects, or what pages of slabs hold.
  init(_ snapshot: Snapshot) {
    self.snapshot = snapshot
    home = snapshot.home ?? []
    away = snapshot.away.map(\.offset)
  }

  private enum State { case live, home, away, neverUsed }

  /// What each page of a slab holds. Slabs must come by address.
  /// - Complexity: linear in the objects of the slab.
  mutating func pages(of slab: Slab) -> [SlabPage] {
    let size = snapshot.caches[slab.sizeClass].objectSize
    if slab.isSpread || slab.holes == 0 && slab.home + slab.away == 0 { return Self.spread(slab, size) }
    let start = UInt64(slab.page) << 12
    var states = [State](repeating: .live, count: slab.end)
    if slab.holes != 0 {
      for number in states.indices where !slab.isCarved(number, objectSize: size) { states[number] = .neverUsed }
    }
    Self.mark(home, &homePlace, from: start, size, &states, .home)
    Self.mark(away, &awayPlace, from: start, size, &states, .away)

    var pages = [SlabPage](repeating: SlabPage(rest: Snapshot.pageSize), count: slab.pages)
    for (number, state) in states.enumerated() where state != .neverUsed {
      var position = number * size
      let end = position + size
      while position < end {
        let page = position / Snapshot.pageSize
        let bytes = min(end, (page + 1) * Snapshot.pageSize) - position
        pages[page].rest -= bytes
        switch state {
        case .live: pages[page].live += bytes
        case .home: pages[page].home += bytes
        case .away: pages[page].away += bytes
        case .neverUsed: break
        }
        position += bytes
      }
    }
    return pages
  }

  /// What its pages hold on the average, so that their sums are the slab's.
  private static func spread(_ slab: Slab, _ size: Int) -> [SlabPage] {
    let end = slab.end * size
    return (0..<slab.pages).map { number in
      let from = min(number * Snapshot.pageSize, end)
      let to = min(from + Snapshot.pageSize, end)
      func share(_ objects: Int) -> Int {
        objects == 0 ? 0 : objects * size * to / end - objects * size * from / end
      }
      let (live, home, away) = (share(slab.live), share(slab.home), share(slab.away))
      // Each was rounded by itself.
      let rest = max(0, Snapshot.pageSize - live - home - away)
      return SlabPage(live: live, home: home, away: away, rest: rest)
    }
  }

  private static func mark(
    _ objects: [UInt64], _ place: inout Int, from start: UInt64, _ size: Int, _ states: inout [State], _ state: State
  ) {
    let end = start + UInt64(states.count * size)
    while place < objects.count, objects[place] < start { place += 1 }
    while place < objects.count, objects[place] < end {
      states[Int(objects[place] - start) / size] = state
      place += 1
    }
  }
}
