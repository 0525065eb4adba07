// Leaks: live blocks that nothing points to, found by conservative marking (Boehm and Weiser, "Garbage collection in an
// uncooperative environment", 1988): whatever looks like an address of a block, or into one, is taken for a pointer. Roots
// are the registers, the used part of the stacks, and all writable memory that is not the heap's.

public struct Leaks: Encodable, Sendable {
  public struct Row: Encodable, Sendable {
    /// A cache, or `pages` for blocks of whole pages.
    public var cache: String
    /// Unreachable blocks that no other unreachable block points to.
    public var direct = 0
    /// Those that one does.
    public var indirect = 0
    public var bytes = 0
    /// Addresses of the first few, direct ones first.
    public var examples: [String] = []
  }

  /// Where leaked blocks were allocated, as far as they are samples of the heap profile.
  public struct Site: Encodable, Sendable {
    /// Functions, innermost first.
    public var functions: [String]
    /// Leaked blocks that were sampled.
    public var samples: Int
    /// Leaked blocks and bytes that they stand for.
    public var blocks: Int
    public var bytes: Int
  }

  public var target: String
  public var rows: [Row]
  /// By bytes, most first.
  public var sites: [Site] = []
  /// The sum of the sites' bytes is known to so many, with a probability of 95 %.
  public var sitesError = 0
  public var blocks: Int
  public var bytes: Int
  public var liveBlocks: Int
  /// Milliseconds for which the process was stopped; 0 for a core file, and for a process that is held at its end.
  public var pause = 0.0
  /// Threads that may have had blocks in their hands when they were stopped, or ended, or the core file was written: those
  /// that were not waiting for the system, and those that did so in the middle of the allocator's own work; nil where
  /// nobody can tell.
  public var threadsAtWork: Int?
  /// Bytes of free blocks that these, or all where nobody knows them, may have had in their hands, and that are among the
  /// live ones.
  public var bound = 0
  private(set) var moment = Standstill.Moment.stopped
  /// Of the unreachable blocks, those that are samples.
  private(set) var samples: [SampledBlock] = []

  private enum CodingKeys: CodingKey {
    case target, rows, sites, sitesError, blocks, bytes, liveBlocks, pause, threadsAtWork, bound
  }

  /// Looks for unreachable blocks of a process, which is stopped while its memory is copied unless it is held at its end,
  /// or of a core file.
  /// - Throws: `InspectionError` when the process may not be stopped or read.
  public static func find(_ source: any MemorySource) throws -> Leaks {
    let reader = try HeapReader(source)
    let clock = ContinuousClock()
    let start = clock.now
    let standstill = try Standstill(source)
    let snapshot = try reader.snapshot([.freeObjects, .stacks])
    let mappings = try source.mappings()
    let registers = standstill.registers
    let roots = try FrozenMemory(source, Self.roots(snapshot, mappings, registers))
    let heap = try FrozenMemory(source, [snapshot.zone.range] + snapshot.blocksOutside)
    let threads = standstill.threads(snapshot)
    standstill.end()
    let pause = clock.now - start

    var leaks = Leaks(snapshot, roots, heap, registers)
    leaks.moment = standstill.moment
    leaks.pause = standstill.moment == .stopped ? pause / .milliseconds(1) : 0
    leaks.threadsAtWork = threads.atWork
    leaks.bound = (threads.atWork ?? max(1, threads.count)) * HeapChange.mostInHand
    let variances = leaks.samples.map { sample in
      Double(sample.size) * Double(sample.size) * sample.variance(interval: snapshot.sampleInterval)
    }
    leaks.sitesError = Int(estimate: 1.96 * variances.reduce(0, +).squareRoot())
    leaks.sites = Self.sites(leaks.samples, CallSites(snapshot, source, mappings), snapshot.sampleInterval)
    return leaks
  }

  /// Sums of samples by the functions that allocated them.
  private static func sites(_ samples: [SampledBlock], _ sites: CallSites, _ interval: Int) -> [Site] {
    Dictionary(grouping: samples, by: sites.functions).map { functions, samples in
      let weights = samples.map { $0.weight(interval: interval) }
      let bytes = zip(weights, samples).reduce(0) { $0 + $1.0 * Double($1.1.size) }
      return Site(
        functions: functions, samples: samples.count, blocks: Int(estimate: weights.reduce(0, +)),
        bytes: Int(estimate: bytes))
    }.sorted { ($0.bytes, $1.functions.joined()) > ($1.bytes, $0.functions.joined()) }
  }

  /// Writable memory that is not the heap's, of stacks the part in use.
  private static func roots(_ snapshot: Snapshot, _ mappings: [Mapping], _ registers: [[UInt64]]) -> [Range<UInt>] {
    let zones = [snapshot] + snapshot.lowZones
    let tables = zones.flatMap(\.metadata).filter { !$0.leadsToBlocks }
    let own = (snapshot.areas.map(\.range) + zones.map(\.zone.range) + tables.map(\.range)).sorted {
      $0.lowerBound < $1.lowerBound
    }
    let stacks = registers.compactMap { $0.count > Registers.stackPointer ? UInt($0[Registers.stackPointer]) : nil }
    var roots: [Range<UInt>] = []
    for mapping in mappings where mapping.isReadable && mapping.isWritable && mapping.path != "[vvar]" {
      var start = mapping.range.lowerBound
      if let used = stacks.filter(mapping.range.contains).min() {
        start = max(start, used - min(used, Registers.redZone))
      }
      // Neighbours may be one mapping: cut out what is the heap's.
      for part in own where part.upperBound > start && part.lowerBound < mapping.range.upperBound {
        if part.lowerBound > start { roots.append(start..<part.lowerBound) }
        start = max(start, part.upperBound)
      }
      if start < mapping.range.upperBound { roots.append(start..<mapping.range.upperBound) }
    }
    return roots
  }

  init(_ snapshot: Snapshot, _ roots: FrozenMemory, _ heap: FrozenMemory, _ registers: [[UInt64]]) {
    let index = BlockIndex(snapshot)
    var marking = Marking(index, heap)
    for thread in registers { for word in thread { marking.reach(UInt(word)) } }
    roots.forEachWord { marking.reach(UInt($0)) }
    // The reserve's books are nobody's to lose.
    for run in snapshot.runs where run.isReserve { marking.reach(snapshot.zone.address(of: run.page)) }
    marking.run()
    let lost = (0..<index.count).filter {
      index.isLive[$0] && !marking.isMarked[$0] && !snapshot.looksFree($0, index, heap)
    }

    // What the lost ones point to is lost through them.
    var through = Set<Int>()
    for block in lost {
      heap.forEachWord(in: index.range(of: block)) { word in
        if let other = index.block(holding: UInt(word)), other != block, index.isLive[other], !marking.isMarked[other] {
          through.insert(other)
        }
      }
    }
    var rows: [String: Row] = [:]
    for block in lost.filter({ !through.contains($0) }) + lost.filter(through.contains) {
      let range = index.range(of: block)
      let sample = snapshot.sampleInterval > 0 ? snapshot.sample(holding: range.lowerBound) : nil
      if let sample { samples.append(sample) }
      let name = index.cache(of: block) ?? sample?.objectSize.map { "malloc-\($0)" } ?? "pages"
      var row = rows[name] ?? Row(cache: name)
      if through.contains(block) { row.indirect += 1 } else { row.direct += 1 }
      row.bytes += sample?.objectSize ?? range.count
      if row.examples.count < 3 { row.examples.append(Hexadecimal(range.lowerBound).description) }
      rows[name] = row
    }
    target = snapshot.target
    self.rows = rows.values.sorted { ($0.bytes, $0.cache) > ($1.bytes, $1.cache) }
    blocks = lost.count
    bytes = rows.values.reduce(0) { $0 + $1.bytes }
    liveBlocks = index.isLive.reduce(0) { $0 + ($1 ? 1 : 0) }
  }
}

/// Reaches blocks from blocks.
private struct Marking {
  private let index: BlockIndex
  private let heap: FrozenMemory
  private(set) var isMarked: [Bool]
  private var pending: [Int] = []

  init(_ index: BlockIndex, _ heap: FrozenMemory) {
    self.index = index
    self.heap = heap
    isMarked = [Bool](repeating: false, count: index.count)
  }

  /// Marks the live block that a word points to, if it does.
  @inline(__always) mutating func reach(_ word: UInt) {
    guard let block = index.block(holding: word), index.isLive[block], !isMarked[block] else { return }
    if Self.isHalfOverwritten(word) && index.isPages(block) && index.range(of: block).lowerBound != word { return }
    isMarked[block] = true
    pending.append(block)
  }

  /// Whether a word looks like what is left of an old pointer when a small number of 32 bits was stored over its lower half,
  /// as is common on stacks. That is no address of most blocks, but of a large one about every 4 GiB.
  private static func isHalfOverwritten(_ word: UInt) -> Bool { word & 0xffff_ffff < 4096 }

  mutating func run() {
    while let block = pending.popLast() {
      var found: [UInt] = []
      heap.forEachWord(in: index.range(of: block)) {
        if index.block(holding: UInt($0)) != nil { found.append(UInt($0)) }
      }
      for word in found { reach(word) }
    }
  }
}

extension Snapshot {
  /// Whether an object's first word is that of a free one: a thread has it in its hands, to put it somewhere.
  fileprivate func looksFree(_ block: Int, _ index: BlockIndex, _ heap: FrozenMemory) -> Bool {
    let range = index.range(of: block)
    guard index.cache(of: block) != nil, let word = heap.word(range.lowerBound) else { return false }
    return word ^ UInt64(range.lowerBound - zone.base) ^ zone.key < UInt64(zone.spannedPages) << 12
  }
}
