// The sentences of `quarry why`.

extension Snapshot {
  /// What a place is.
  /// - Parameters:
  ///   - start: where the block begins that it is in.
  ///   - mapping: what the system says of it; nil when nothing is mapped there.
  func words(_ place: Place, at start: UInt, _ mapping: Mapping?) -> String {
    let zone = zone(holding: start)
    let there = "at \(Hexadecimal(start))" + (zone.name == self.zone.name ? "" : ", in zone \(zone.name)")
    switch place {
    case .object(let slab, let number, let offset, let state):
      return into(offset) + words(number, of: slab, state, at: zone.address(of: slab.page))
    case .tail(let slab): return "behind the last object of a slab of cache \(caches[slab.sizeClass].name)"
    case .run(let run, let offset):
      let block = run.isReserve ? "the books of the atomic reserve, " : "a live block of "
      return into(offset) + block + "\(pages(run.pages)) \(there)"
    case .freePage(let block): return "a free page, in a block of order \(block.order) \(there)"
    case .keptPage(let block):
      return "a free page kept for the next request of its length, in a block of \(pages(block.pages)) \(there)"
    case .noBlock: return "a page of the zone that holds no block"
    case .area(let area, let offset):
      return into(offset) + "a live block of \(Size(Int(area.bytes))) with a mapping of its own \(there)"
    case .metadata(let name): return "Quarry's own: \(name)"
    case .foreign:
      guard let mapping else { return "nothing is mapped there" }
      return "not Quarry's: " + (mapping.path.isEmpty ? "an anonymous mapping" : mapping.path)
    }
  }

  private func words(_ number: Int, of slab: Slab, _ state: Place.ObjectState, at start: UInt) -> String {
    let cache = caches[slab.sizeClass]
    let owner = slab.owner == 0 ? "" : ", which heap \(slab.owner) owns"
    return "\(state.words) \(cache.objectSize)-byte object of cache \(cache.name): number \(number) of "
      + "\(slab.capacity) in the slab of \(pages(slab.pages)) at \(Hexadecimal(start))\(owner)"
  }
}

extension SampledBlock {
  /// What a sampled object is.
  func words(objectSize: Int, offset: Int) -> String {
    into(offset) + "a live \(objectSize)-byte object of cache malloc-\(objectSize), asked for with \(size) bytes "
      + "by heap \(heap): a sample, with \(pages(bytes / Snapshot.pageSize)) of its own at \(Hexadecimal(address))"
  }
}

extension Place.ObjectState {
  fileprivate var words: String {
    switch self {
    case .live: "a live"
    case .neverHandedOut: "a never used"
    case .home: "a free (at home in its slab)"
    case .away(.list, let heap): "a free (in the lists of heap \(heap))"
    case .away(.sheaf, let heap): "a free (in a sheaf of heap \(heap), on its way to its owner)"
    case .away(.inbox, let heap): "a free (in the inbox of heap \(heap))"
    }
  }
}

private func into(_ offset: Int) -> String { offset == 0 ? "" : "\(offset) bytes into " }
private func pages(_ count: Int) -> String { count == 1 ? "1 page" : "\(count) pages" }
