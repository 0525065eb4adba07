// WhyReport: the answer of `quarry why`, a line or a JSON object for each address.

public struct WhyReport: Encodable {
  public var target: String
  public var address: String
  /// object, tail, run, freePage, noBlock, area, metadata, foreign, unmapped.
  public var kind: String
  /// live, free, or neverHandedOut; nil for what is no block.
  public var state: String?
  public var cache: String?
  /// Where the object, block, or area begins, and its bytes.
  public var start: String?
  public var bytes: Int?
  /// Bytes from there to the address.
  public var offset: Int?
  /// Of a sample of the heap profile: the bytes that were asked for, and by which functions, innermost first.
  public var requested: Int?
  public var allocatedBy: [String]?
  public var words: String

  /// - Parameters:
  ///   - mapping: what the system says of the address; nil when nothing is mapped there.
  ///   - sites: knows where blocks were allocated.
  public init(_ snapshot: Snapshot, _ address: UInt, mapping: Mapping?, sites: CallSites? = nil) {
    target = snapshot.target
    self.address = Self.hex(address)
    kind = ""
    words = ""
    describe(snapshot, snapshot.zone(holding: address), snapshot.place(of: address), mapping)
    if let sample = snapshot.sample(holding: address) {
      describe(sample)
      allocatedBy = sites?.functions(sample)
    }
  }

  private static func hex(_ address: UInt) -> String { "0x" + String(address, radix: 16) }

  private mutating func describe(_ snapshot: Snapshot, _ zone: ZoneFigures, _ place: Place, _ mapping: Mapping?) {
    func address(_ page: Int) -> UInt { zone.base + UInt(page) << 12 }
    let inZone = zone.name == snapshot.zone.name ? "" : ", in zone \(zone.name)"
    switch place {
    case .object(let slab, let number, let offset, let object):
      let cache = snapshot.caches[slab.sizeClass]
      kind = "object"
      self.cache = cache.name
      bytes = cache.objectSize
      start = Self.hex(address(slab.page) + UInt(number * cache.objectSize))
      self.offset = offset
      let (name, detail) = Self.words(object)
      state = name
      let owner = slab.owner == 0 ? "" : ", which heap \(slab.owner) owns"
      words =
        Self.into(offset) + "\(detail) \(cache.objectSize)-byte object of cache \(cache.name): number \(number) of "
        + "\(slab.capacity) in the slab of \(Self.pages(slab.pages)) at \(Self.hex(address(slab.page)))\(owner)"
    case .tail(let slab):
      kind = "tail"
      cache = snapshot.caches[slab.sizeClass].name
      words = "behind the last object of a slab of cache \(cache!)"
    case .run(let run, let offset):
      kind = "run"
      state = "live"
      start = Self.hex(address(run.page))
      bytes = run.pages << 12
      self.offset = offset
      words =
        Self.into(offset) + (run.isReserve ? "the books of the atomic reserve, " : "a live block of ")
        + "\(Self.pages(run.pages)) at \(start!)\(inZone)"
    case .freePage(let block):
      kind = "freePage"
      state = "free"
      start = Self.hex(address(block.page))
      bytes = block.pages << 12
      words = "a free page, in a block of order \(block.order) at \(start!)\(inZone)"
    case .keptPage(let block):
      kind = "freePage"
      state = "free"
      start = Self.hex(address(block.page))
      bytes = block.pages << 12
      words =
        "a free page that a thread keeps for its next slabs, in a block of \(Self.pages(block.pages)) at \(start!)"
    case .noBlock:
      kind = "noBlock"
      words = "a page of the zone that holds no block"
    case .area(let area, let offset):
      kind = "area"
      state = "live"
      start = Self.hex(area.address)
      bytes = Int(area.bytes)
      self.offset = offset
      words = Self.into(offset) + "a live block of \(Size(Int(area.bytes))) with a mapping of its own at \(start!)"
    case .metadata(let name):
      kind = "metadata"
      words = "Quarry's own: \(name)"
    case .foreign:
      kind = mapping == nil ? "unmapped" : "foreign"
      words =
        mapping.map { $0.path.isEmpty ? "not Quarry's: an anonymous mapping" : "not Quarry's: \($0.path)" }
        ?? "nothing is mapped there"
    }
  }

  /// A sampled object is what it would be elsewhere, though its pages are its own.
  private mutating func describe(_ sample: SampledBlock) {
    requested = sample.size
    guard let size = sample.objectSize else {
      words += ", asked for with \(sample.size) bytes by heap \(sample.heap)"
      return
    }
    kind = "object"
    cache = "malloc-\(size)"
    bytes = size
    words =
      Self.into(offset ?? 0)
      + "a live \(size)-byte object of cache \(cache!), asked for with \(sample.size) bytes by heap "
      + "\(sample.heap): a sample, with \(Self.pages(sample.bytes >> 12)) of its own at \(start!)"
  }

  private static func into(_ offset: Int) -> String { offset == 0 ? "" : "\(offset) bytes into " }
  private static func pages(_ count: Int) -> String { count == 1 ? "1 page" : "\(count) pages" }

  private static func words(_ state: Place.ObjectState) -> (name: String, words: String) {
    switch state {
    case .live: ("live", "a live")
    case .neverHandedOut: ("neverHandedOut", "a never used")
    case .home: ("free", "a free (at home in its slab)")
    case .away(.list, let heap): ("free", "a free (in the lists of heap \(heap))")
    case .away(.sheaf, let heap): ("free", "a free (in a sheaf of heap \(heap), on its way to its owner)")
    case .away(.inbox, let heap): ("free", "a free (in the inbox of heap \(heap))")
    }
  }

  public var text: String {
    "\(address): \(words)\n" + (allocatedBy ?? []).map { "    from \(ProfileTable.printable($0))\n" }.joined()
  }
}
