// MemInfo: /proc/meminfo of a heap. "Total" is what is open to the program, in the zone and in mappings of its own.

public struct MemInfo: Encodable {
  public struct Line: Encodable {
    public var name: String
    public var kilobytes: Int
  }

  public var target: String
  public var lines: [Line]
  /// By how many bytes a line may be off.
  public var bound: Int

  public init(_ snapshot: Snapshot) {
    let page = Snapshot.pageSize
    let zones = snapshot.zones
    let slabs = snapshot.slabs.reduce(0) { $0 + $1.pages } * page
    // The reserve keeps its slabs, whatever of them is in use.
    let ordinary = snapshot.slabs.filter { !snapshot.caches[$0.sizeClass].isReserve }.reduce(0) { $0 + $1.pages } * page
    let live = snapshot.caches.filter { !$0.isReserve }.reduce(0) { $0 + $1.live * $1.objectSize }
    let reclaimable = max(0, ordinary - live)
    let areas = snapshot.areas.reduce(0) { $0 + Int($1.bytes) }
    let runs = zones.flatMap(\.runs).reduce(0) { $0 + $1.pages } * page
    let free = zones.reduce(0) { $0 + $1.zone.freePages } * page
    let present = zones.reduce(0) { $0 + $1.zone.presentPages } * page
    target = snapshot.target
    bound = snapshot.bounds.pages * page + snapshot.bounds.objectBytes
    lines = [
      ("MemTotal", present + areas),
      ("MemFree", free),
      ("MemAvailable", free),
      ("Buffers", 0),
      ("Cached", 0),
      ("SwapCached", 0),
      ("Active", slabs + runs + areas),
      ("Inactive", 0),
      ("SwapTotal", 0),
      ("SwapFree", 0),
      ("AnonPages", runs),
      ("KReclaimable", reclaimable),
      ("Slab", slabs),
      ("SReclaimable", reclaimable),
      ("SUnreclaim", slabs - reclaimable),
      ("VmallocTotal", Int(clamping: snapshot.zone.window)),
      ("VmallocUsed", areas),
      ("VmallocChunk", 0),
    ].map { Line(name: $0.0, kilobytes: $0.1 / 1024) }
  }

  public var text: String {
    lines.map { "\(Column.left($0.name + ":", 16))\(Column.right($0.kilobytes, 8)) kB\n" }.joined()
  }
}
