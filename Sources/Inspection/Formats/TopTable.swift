// TopTable: what `quarry top` shows: the slab caches like slabtop, with how fast they grow.

import Measuring

public struct TopTable {
  public enum Order: String, CaseIterable, Sendable {
    case size, objects, live, use, rate, name
  }

  private let now: Snapshot
  private let rows: [Row]

  private struct Row {
    var cache: Cache
    /// Live objects more a second; nil without an earlier snapshot.
    var rate: Double?
    var use: Int { cache.allObjects == 0 ? 0 : cache.allLive * 100 / cache.allObjects }
  }

  /// - Parameters:
  ///   - before: an earlier snapshot, nil for none.
  ///   - seconds: that lie between.
  public init(_ now: Snapshot, before: Snapshot?, seconds: Double, order: Order) {
    self.now = now
    let earlier = Dictionary((before?.caches ?? []).map { ($0.name, $0.allLive) }, uniquingKeysWith: { one, _ in one })
    let rows = now.caches.filter(\.isInUse).map { cache in
      Row(
        cache: cache,
        rate: before == nil || seconds <= 0 ? nil : Double(cache.allLive - (earlier[cache.name] ?? 0)) / seconds)
    }
    self.rows = rows.sorted { one, other in
      switch order {
      case .size: (one.cache.bytes, other.cache.objectSize) > (other.cache.bytes, one.cache.objectSize)
      case .objects: one.cache.allObjects > other.cache.allObjects
      case .live: one.cache.allLive > other.cache.allLive
      case .use: one.use > other.use
      case .rate: abs(one.rate ?? 0) > abs(other.rate ?? 0)
      case .name: one.cache.objectSize < other.cache.objectSize
      }
    }
  }

  /// The lines above the table.
  public var header: [String] {
    let live = now.caches.reduce(0) { $0 + $1.allLive }
    let objects = now.caches.reduce(0) { $0 + $1.allObjects }
    let waiting = now.caches.reduce(0) { $0 + $1.away * $1.objectSize }
    let slabs = now.slabs.reduce(0) { $0 + $1.pages } * Snapshot.pageSize
    let runs = now.runs.reduce(0) { $0 + $1.pages } * Snapshot.pageSize
    let mapped = now.areas.reduce(0) { $0 + Int($1.bytes) }
    let share = number(objects == 0 ? 0 : Double(live) / Double(objects) * 100, 1)
    return [
      "\(now.target): \(Size(opened)) open, "
        + "\(Size(now.zone.freePages * Snapshot.pageSize)) of them free pages",
      "objects \(live) live of \(objects) (\(share) %); slabs \(Size(slabs)); waiting \(Size(waiting)); "
        + "page blocks \(now.runs.count), \(Size(runs)); mapped blocks \(now.areas.count), \(Size(mapped))",
    ]
  }

  /// How far the figures may be off; nil when they are exact.
  public var bound: String? { now.bounds.words }

  public static let titles =
    Column.right("OBJS", 8) + Column.right("LIVE", 8) + Column.right("USE", 5) + Column.right("OBJ SIZE", 9)
    + Column.right("SLABS", 7) + Column.right("WAITING", 8) + Column.right("CACHE SIZE", 11)
    + Column.right("LIVE/s", 9) + "  NAME"

  /// The same for programs.
  public var json: TopJSON {
    TopJSON(
      target: now.target, openedBytes: opened, freeBytes: now.zone.freePages * Snapshot.pageSize,
      pageBlocks: now.runs.count, mappedBlocks: now.areas.count, boundPages: now.bounds.pages,
      boundBytes: now.bounds.objectBytes,
      caches: rows.map { row in
        let cache = row.cache
        return TopJSON.Row(
          name: cache.name, objectSize: cache.objectSize, objects: cache.allObjects, live: cache.allLive,
          slabs: cache.slabs, waiting: cache.away, bytes: cache.bytes, liveRate: row.rate)
      })
  }

  private var opened: Int {
    now.zone.presentPages * Snapshot.pageSize + now.areas.reduce(0) { $0 + Int($1.bytes) }
  }

  /// The rows of the table, at most `count`.
  public func rows(_ count: Int) -> [String] {
    rows.prefix(count).map { row in
      let cache = row.cache
      let rate = row.rate.map { ($0 > 0 ? "+" : "") + number($0, 0) } ?? "-"
      return Column.right(cache.allObjects, 8) + Column.right(cache.allLive, 8) + Column.right("\(row.use)%", 5)
        + Column.right(cache.objectSize, 9) + Column.right(cache.slabs, 7) + Column.right(cache.away, 8)
        + Column.right(Size(cache.bytes), 11) + Column.right(rate, 9) + "  " + cache.name
    }
  }
}

/// A look of `quarry top` as JSON.
public struct TopJSON: Encodable {
  public struct Row: Encodable {
    public var name: String
    public var objectSize: Int
    public var objects: Int
    public var live: Int
    public var slabs: Int
    public var waiting: Int
    public var bytes: Int
    /// Live objects more a second; nil in the first look.
    public var liveRate: Double?
  }

  public var target: String
  public var openedBytes: Int
  public var freeBytes: Int
  public var pageBlocks: Int
  public var mappedBlocks: Int
  /// By how many pages, and bytes of live objects, it may be off.
  public var boundPages: Int
  public var boundBytes: Int
  public var caches: [Row]
}
