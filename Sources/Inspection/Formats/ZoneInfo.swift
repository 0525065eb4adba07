// ZoneInfo: /proc/zoneinfo. The watermarks are those of the limit, as far as a program that uses the kernel interface has
// one. How many free pages may stay resident is told among the counters.

import CInspection

public struct ZoneInfo: Encodable {
  public struct Zone: Encodable {
    public var name: String
    /// Address of page 0.
    public var base: UInt
    /// Pages.
    public var free: Int
    /// Watermarks: the kernel interface's pages that are left of the limit.
    public var min: Int
    public var low: Int
    public var high: Int
    /// Free pages that may stay resident while the program is idle, and while it works.
    public var keepIdle: Int
    public var keepBusy: Int
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

    init(_ snapshot: Snapshot) {
      let zone = snapshot.zone
      name = zone.name
      base = zone.base
      free = zone.freePages
      // The kernel's: low a quarter above min, high half.
      min = zone.minPages
      low = min + min / 4
      high = min + min / 2
      let used = zone.presentPages - zone.freePages
      keepIdle = Swift.max(Int(QUARRY_IDLE_FLOOR_PAGES), used / Int(QUARRY_IDLE_SHARE)) &+ zone.refusedPages
      keepBusy = Swift.max(zone.keepFloorPages, used / 2) &+ zone.refusedPages
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

    fileprivate var text: String {
      func watermark(_ name: String, _ value: Int) -> String { "        \(Column.left(name, 8)) \(value)" }
      func counter(_ name: String, _ value: Int) -> String { "      \(Column.left(name, 12)) \(value)" }
      let lines =
        ["Node 0, zone \(Column.right(name, 8))", "  pages free     \(free)"]
        + [
          ("boost", 0), ("min", min), ("low", low), ("high", high), ("spanned", spanned), ("present", present),
          ("managed", managed), ("cma", 0),
        ].map(watermark)
        + ["        protection: (0, 0)"]
        + [
          ("nr_free_pages", free), ("nr_free_touched", touchedFree), ("nr_slab_pages", slab), ("nr_run_pages", runs),
          ("nr_purged", purged), ("nr_keep_idle", keepIdle), ("nr_keep_busy", keepBusy),
        ].map(counter)
        + ["  pagesets", "    cpu: 0", "              count:    \(kept)", "              high:     0"]
        + ["              batch:    0", "  node_unreclaimable:  0", "  start_pfn:           \(base >> 12)"]
      return lines.joined(separator: "\n") + "\n"
    }
  }

  public var target: String
  public var zones: [Zone]

  public init(_ snapshot: Snapshot) {
    target = snapshot.target
    zones = snapshot.zones.map(Zone.init)
  }

  public var text: String { zones.map(\.text).joined() }
}
