// WhyReport: the answer of `quarry why`, a line or a JSON object for each address.

public struct WhyReport: Encodable {
  enum Kind: String, Encodable {
    case object, tail, run, freePage, noBlock, area, metadata, foreign, unmapped
  }

  enum State: String, Encodable {
    case live, free, neverHandedOut
  }

  private var target: String
  private var address: String
  private var kind: Kind
  /// Nil for what is no block.
  private var state: State?
  /// Of an object, and of what lies behind the last one of a slab.
  private var cache: String?
  /// Where the object, block, or area begins, and its bytes.
  private var start: String?
  private var bytes: Int?
  /// Bytes from there to the address; nil for free pages.
  private var offset: Int?
  /// Of a sample of the heap profile: the bytes that were asked for, and by which functions, innermost first.
  private var requested: Int?
  private var allocatedBy: [String]?
  /// All of this, but for the functions, in one sentence.
  public private(set) var words: String

  /// - Parameters:
  ///   - mapping: what the system says of the address; nil when nothing is mapped there.
  ///   - sites: knows where blocks were allocated.
  /// - Precondition: the snapshot knows its free objects.
  public init(_ snapshot: Snapshot, _ address: UInt, mapping: Mapping?, sites: CallSites? = nil) {
    let place = snapshot.place(of: address)
    target = snapshot.target
    self.address = Hexadecimal(address).description
    kind = Kind(place, mapping)
    state = State(place)
    cache = place.slab.map { snapshot.caches[$0.sizeClass].name }
    let block = snapshot.block(at: place, snapshot.zone(holding: address))
    start = block.map { Hexadecimal($0.start).description }
    bytes = block?.bytes
    offset = place.offset
    words = snapshot.words(place, at: block?.start ?? address, mapping)
    if let sample = snapshot.sample(holding: address) {
      describe(sample)
      allocatedBy = sites?.functions(sample)
    }
  }

  /// A sampled object is what it would be elsewhere, though its pages are its own.
  private mutating func describe(_ sample: SampledBlock) {
    requested = sample.size
    guard let size = sample.objectSize else {
      words += ", asked for with \(sample.size) bytes by heap \(sample.heap)"
      return
    }
    kind = .object
    cache = "malloc-\(size)"
    bytes = size
    words = sample.words(objectSize: size, offset: offset ?? 0)
  }

  public var text: String {
    "\(address): \(words)\n" + (allocatedBy ?? []).map { "    from \(ProfileTable.printable($0))\n" }.joined()
  }
}

extension WhyReport.Kind {
  fileprivate init(_ place: Place, _ mapping: Mapping?) {
    switch place {
    case .object: self = .object
    case .tail: self = .tail
    case .run: self = .run
    case .freePage, .keptPage: self = .freePage
    case .noBlock: self = .noBlock
    case .area: self = .area
    case .metadata: self = .metadata
    case .foreign: self = mapping == nil ? .unmapped : .foreign
    }
  }
}

extension WhyReport.State {
  fileprivate init?(_ place: Place) {
    switch place {
    case .object(_, _, _, .live), .run, .area: self = .live
    case .object(_, _, _, .neverHandedOut): self = .neverHandedOut
    case .object, .freePage, .keptPage: self = .free
    case .tail, .noBlock, .metadata, .foreign: return nil
    }
  }
}

extension Place {
  fileprivate var slab: Slab? {
    switch self {
    case .object(let slab, _, _, _), .tail(let slab): slab
    default: nil
    }
  }

  /// Bytes from the start of the block in use that an address is in.
  fileprivate var offset: Int? {
    switch self {
    case .object(_, _, let offset, _), .run(_, let offset), .area(_, let offset): offset
    default: nil
    }
  }
}

extension Snapshot {
  /// The object, or the block of pages, that a place is in.
  fileprivate func block(at place: Place, _ zone: ZoneFigures) -> (start: UInt, bytes: Int)? {
    switch place {
    case .object(let slab, let number, _, _):
      let size = caches[slab.sizeClass].objectSize
      return (zone.address(of: slab.page) + UInt(number * size), size)
    case .run(let run, _), .keptPage(let run): return (zone.address(of: run.page), run.pages * Snapshot.pageSize)
    case .freePage(let block): return (zone.address(of: block.page), block.pages * Snapshot.pageSize)
    case .area(let area, _): return (area.address, Int(area.bytes))
    case .tail, .noBlock, .metadata, .foreign: return nil
    }
  }
}
