// SlabInfo: /proc/slabinfo, version 2.1. A cache whose slabs differ in length is shown with the most common length.

public struct SlabInfo: Encodable {
  public struct Row: Encodable {
    public var name: String
    public var activeObjects: Int
    public var objects: Int
    public var objectSize: Int
    public var objectsPerSlab: Int
    public var pagesPerSlab: Int
    public var activeSlabs: Int
    public var slabs: Int
    public var pages: Int
    public var home: Int
    public var inLists: Int
    public var inSheaves: Int
    public var inInboxes: Int
    /// By how many `activeObjects` may be off.
    public var bound: Int
  }

  public var target: String
  public var caches: [Row]

  /// The caches that have slabs, or live samples.
  public init(_ snapshot: Snapshot) {
    target = snapshot.target
    caches = snapshot.caches.filter(\.isInUse).map { cache in
      Row(
        name: cache.name, activeObjects: cache.allLive, objects: cache.allObjects, objectSize: cache.objectSize,
        objectsPerSlab: cache.objectsPerSlab, pagesPerSlab: cache.pagesPerSlab, activeSlabs: cache.activeSlabs,
        slabs: cache.slabs, pages: cache.pages, home: cache.home, inLists: cache.inLists, inSheaves: cache.inSheaves,
        inInboxes: cache.inInboxes, bound: cache.liveBound)
    }
  }

  public var text: String {
    var lines = [
      "slabinfo - version: 2.1",
      "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
        + " : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>",
    ]
    for row in caches {
      let numbers = [(row.activeObjects, 6), (row.objects, 6), (row.objectSize, 6), (row.objectsPerSlab, 4)]
        .map { Column.right($0, $1) }.joined(separator: " ")
      let slabs = [row.activeSlabs, row.slabs, 0].map { Column.right($0, 6) }.joined(separator: " ")
      lines.append(
        "\(Column.left(row.name, 17)) \(numbers) \(Column.right(row.pagesPerSlab, 4))"
          + " : tunables    0    0    0 : slabdata \(slabs)")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
