// ZoneInfo: /proc/zoneinfo. The watermarks are those of the pages that may stay free and resident: `low` while the
// program is idle, `high` while it works.

public struct ZoneInfo: Encodable {
  public var target: String
  /// Address of page 0.
  public var base: UInt
  /// Pages.
  public var free: Int
  public var min = 0
  public var low: Int
  public var high: Int
  public var spanned: Int
  public var present: Int
  public var managed: Int
  public var touchedFree: Int
  public var slab: Int
  public var runs: Int
  public var purged: Int
  /// Free pages that heaps keep for their next slabs: the kernel's page lists of each processor.
  public var kept: Int
  /// By how many `free`, `slab` and `runs` may be off.
  public var bound: Int

  public init(_ snapshot: Snapshot) {
    let zone = snapshot.zone
    target = snapshot.target
    base = zone.base
    free = zone.freePages
    // The tunables idleFloorPages and the two shares of the pages in use.
    let used = zone.presentPages - zone.freePages
    low = Swift.max(256, used / 10)
    high = Swift.max(zone.keepFloorPages, used / 2)
    spanned = zone.spannedPages
    present = zone.presentPages
    // Page 0 is never handed out.
    managed = Swift.max(0, zone.presentPages - 1)
    touchedFree = zone.touchedFreePages
    slab = snapshot.slabs.reduce(0) { $0 + $1.pages }
    runs = snapshot.runs.reduce(0) { $0 + $1.pages }
    purged = zone.purgedPages
    kept = snapshot.kept.reduce(0) { $0 + $1.pages }
    bound = snapshot.bounds.pages
  }

  public var text: String {
    func watermark(_ name: String, _ value: Int) -> String { "        \(Column.left(name, 8)) \(value)" }
    func counter(_ name: String, _ value: Int) -> String { "      \(Column.left(name, 12)) \(value)" }
    let lines =
      ["Node 0, zone   Normal", "  pages free     \(free)"]
      + [
        ("boost", 0), ("min", min), ("low", low), ("high", high), ("spanned", spanned), ("present", present),
        ("managed", managed), ("cma", 0),
      ].map(watermark)
      + ["        protection: (0, 0)"]
      + [
        ("nr_free_pages", free), ("nr_free_touched", touchedFree), ("nr_slab_pages", slab), ("nr_run_pages", runs),
        ("nr_purged", purged),
      ].map(counter)
      + ["  pagesets", "    cpu: 0", "              count:    \(kept)", "              high:     0"]
      + ["              batch:    0", "  node_unreclaimable:  0", "  start_pfn:           \(base >> 12)"]
    return lines.joined(separator: "\n") + "\n"
  }
}
