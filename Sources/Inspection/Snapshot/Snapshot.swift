// Snapshot: a heap as plain data. Everything that the commands print is a pure function of one.
//
// Of a process that stands still, every number is exact. Of one that works meanwhile, `bounds` says by how much they may
// be off; the parts of one snapshot still add up to its whole.

public struct Snapshot: Sendable {
  /// What was read: `process 123 (redis-server)`.
  public var target: String
  public var zone = ZoneFigures()
  /// Free blocks by address.
  public var freeBlocks: [FreeBlock] = []
  /// Slabs by address.
  public var slabs: [Slab] = []
  /// Blocks of whole pages in the zone, by address.
  public var runs: [Run] = []
  /// Free blocks that heaps keep for their next slabs, or the zone for the next run of their length, by address.
  public var kept: [Run] = []
  /// Blocks with mappings of their own, by address.
  public var areas: [Area] = []
  /// The caches: one a size class, then the named ones that have slabs.
  public var caches: [Cache] = []
  public var heaps: [HeapFigures] = []
  /// The kernel interface's zones of low addresses that are up, with their own pages and tables: they hold runs alone.
  public var lowZones: [Snapshot] = []
  /// Where the library's own records lie.
  public var metadata: [Metadata] = []
  /// Free objects that are not at home in their slabs, by address.
  public var away: [AwayObject] = []
  /// Free objects in their slabs' chains, as offsets from the zone's base, ascending; nil when they were not asked for.
  public var home: [UInt64]?
  /// Mean distance of the heap profile's samples, in bytes; 0 when none are taken.
  public var sampleInterval = 0
  /// Live blocks that are samples of it, by address. They are among the runs or areas.
  public var samples: [SampledBlock] = []
  /// The call stacks of samples; nil when they were not asked for.
  public var stacks: StackTable?
  /// The states of the pages; nil when they were not asked for or nobody can tell.
  public var residency: Residency?
  public var bounds = Bounds()
  /// How many marks of somebody at work the records had: heaps that are busy, and the zone's lock. A thread may be at work
  /// while it waits for the system, for a lock or for pages, with blocks in its hands.
  public var marksOfWork = 0
  /// What the records say that cannot be, a line each: the process changed them meanwhile, or they are damaged.
  public var contradictions: [String] = []

  public init(target: String) { self.target = target }

  /// All zones by address, this one last, as the kernel lists them.
  public var zones: [Snapshot] { lowZones + [self] }

  /// A page of the books, in bytes.
  public static let pageSize = 4096
  /// Orders of free blocks, 4 KiB to 1 GiB.
  public static let orderCount = 19
}

public struct ZoneFigures: Sendable {
  /// As the kernel calls it.
  public var name = "Normal"
  public var base: UInt = 0
  /// Pages from the base to the end, skipped ones included.
  public var spannedPages = 0
  /// Pages where other mappings lie.
  public var skippedPages = 0
  /// Free pages, by the free blocks.
  public var freePages = 0
  /// Free pages that may be resident, by the zone's books.
  public var touchedFreePages = 0
  /// Free pages that may stay resident while the program works: the floor of the wide bound.
  public var keepFloorPages = 0
  /// Free pages beyond both bounds that may stay resident, since the system refused to take any back.
  public var refusedPages = 0
  /// Pages that may be charged, and those of them that are kept for urgent requests; 0 without a limit.
  public var limitPages = 0
  public var minPages = 0
  /// Given back to the system, ever.
  public var purgedPages = 0
  public var lockCount: UInt64 = 0
  /// Pageblocks that were set aside for each type; of `movable`, none is.
  public var pageBlocks: [MigrateType: Int] = [:]
  /// Bytes that the zone may grow to.
  public var window: UInt64 = 0
  /// Secret that is mixed into the links of free objects.
  var key: UInt64 = 0

  /// Where a page begins.
  public func address(of page: Int) -> UInt { base + UInt(page) << 12 }
  /// The addresses from the base to the end.
  public var range: Range<UInt> { base..<address(of: spannedPages) }
  /// Pages open to programs.
  public var presentPages: Int { max(0, spannedPages - skippedPages) }
}

/// What a pageblock of 2 MiB was set aside for: `movable` is what malloc uses, and all that is left.
public enum MigrateType: UInt32, Sendable, CaseIterable {
  case movable, unmovable, reclaimable
}

/// A free block: 2^order pages.
public struct FreeBlock: Equatable, Sendable {
  public var page: Int
  public var order: Int
  /// Whether its pageblock was set aside for requests of one kind.
  public var migrateType = MigrateType.movable
  public var pages: Int { 1 << order }
}

public struct Slab: Equatable, Sendable {
  public var page: Int
  public var pages: Int
  public var sizeClass: Int
  /// Number of the heap that owns it; 0 when no object was handed out yet.
  public var owner: Int
  public var capacity: Int
  /// Objects that were ever handed out, but for those in pages that were given back since.
  public var carved: Int
  /// Free objects in the slab's chain.
  public var home: Int
  /// Free objects in lists, sheaves and inboxes.
  public var away = 0
  /// The object after the last that was handed out.
  public var end: Int
  /// Pages that were given back, a bit each: objects that begin there are as if they had never been handed out.
  public var holes: UInt64 = 0
  /// Where its free objects lie was not looked for, since that says nothing of what its pages hold.
  var isSpread = false

  public var live: Int { max(0, carved - home - away) }

  /// Whether an object was ever handed out.
  public func isCarved(_ number: Int, objectSize: Int) -> Bool {
    number < end && (holes == 0 || holes >> UInt64(number * objectSize / Snapshot.pageSize) & 1 == 0)
  }

  /// Whether its counts alone tell that none of its pages is without live objects, or that its only one is.
  func hasOnePageOrNoEmptyOne(objectSize: Int) -> Bool {
    guard holes == 0, objectSize <= Snapshot.pageSize else { return false }
    // The last page may hold fewer objects than the others.
    let last = end * objectSize % Snapshot.pageSize
    let fewest = (last == 0 ? Snapshot.pageSize : last) / objectSize
    return pages == 1 || home + away < max(1, fewest)
  }
}

/// A free object that is not in its slab's chain.
public struct AwayObject: Equatable, Sendable {
  public enum Holder: Equatable, Sendable { case list, sheaf, inbox }
  /// Bytes from the zone's base.
  public var offset: UInt64
  public var holder: Holder
  /// Number of the heap that holds it.
  public var heap: Int
}

/// A block of whole pages in the zone.
public struct Run: Equatable, Sendable {
  public var page: Int
  public var pages: Int
  /// What the kernel interface's atomic reserve keeps its books in.
  public var isReserve = false
}

/// A block with a mapping of its own.
public struct Area: Equatable, Sendable {
  public var address: UInt
  public var bytes: UInt
  public var range: Range<UInt> { address..<(address + bytes) }
}

/// All slabs of objects of one size. Objects, unless the name says otherwise.
public struct Cache: Sendable {
  /// As in messages and /proc/slabinfo: `malloc-32`.
  public var name: String
  public var objectSize: Int
  /// Of the kernel interface's atomic reserve: what is free is kept for requests that may not wait.
  public var isReserve = false
  public var slabs = 0
  public var activeSlabs = 0
  public var pages = 0
  public var capacity = 0
  public var carved = 0
  public var home = 0
  public var inLists = 0
  public var inSheaves = 0
  public var inInboxes = 0
  /// Pages of the slab length that most of its pages are in.
  public var pagesPerSlab = 0

  public var away: Int { inLists + inSheaves + inInboxes }
  /// Objects of its slabs that were handed to the program and not freed.
  public var live = 0
  /// Live objects that are samples of the heap profile: they have pages of their own, which are among the runs.
  public var sampled = 0
  /// By how many `live` may be off.
  public var liveBound = 0
  /// Handed to the program and not freed, wherever they lie.
  public var allLive: Int { live + sampled }
  /// Objects that there is room for, and those with pages of their own.
  public var allObjects: Int { capacity + sampled }
  public var isInUse: Bool { slabs > 0 || sampled > 0 }
  public var objectsPerSlab: Int { objectSize == 0 ? 0 : pagesPerSlab * Snapshot.pageSize / objectSize }
  public var bytes: Int { pages * Snapshot.pageSize }
}

public struct HeapFigures: Sendable {
  public enum State: String, Sendable {
    /// Its thread runs.
    case active
    /// Its thread has ended; the next one takes it.
    case idle
    /// Its thread was at work when another forked, and this is the child: nobody may touch it.
    case torn
    case unused
  }
  public var number: Int
  public var state: State
  public var pages = 0
  /// Free objects in its lists, and in sheaves that its thread fills for others, in bytes.
  public var listBytes = 0
  public var sheafBytes = 0
  /// Posted by other threads, in bytes.
  public var inboxBytes = 0
}

public struct Metadata: Sendable {
  public var name: String
  public var range: Range<UInt>
  /// Whether there are addresses of live blocks that nobody else may know.
  public var leadsToBlocks = false
}

/// How far numbers may be from those of any one moment of the reading.
public struct Bounds: Sendable, Equatable {
  /// Pages of each kind.
  public var pages = 0
  /// Bytes of live objects.
  public var objectBytes = 0

  public var isExact: Bool { pages == 0 && objectBytes == 0 }
}
