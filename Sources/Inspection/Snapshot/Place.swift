// Place: what is at an address of a process.

public enum Place: Equatable, Sendable {
  public enum ObjectState: Equatable, Sendable {
    case live, neverHandedOut
    /// Free, in its slab's chain.
    case home
    case away(AwayObject.Holder, heap: Int)
  }

  /// An object of a slab, by its number there.
  case object(slab: Slab, number: Int, offset: Int, ObjectState)
  /// The end of a slab, too short for another object.
  case tail(slab: Slab)
  case run(Run, offset: Int)
  case freePage(FreeBlock)
  /// A free page of a block that is kept for the next request of its length.
  case keptPage(Run)
  /// A page of the zone that nobody has: page 0, another's mapping, or on its way between two owners.
  case noBlock
  case area(Area, offset: Int)
  /// The library's own records.
  case metadata(String)
  /// Not Quarry's.
  case foreign
}

extension Snapshot {
  /// The zone that holds an address: a low one, or else this one.
  public func zone(holding address: UInt) -> ZoneFigures {
    lowZones.first { $0.zone.range.contains(address) }?.zone ?? zone
  }

  /// What is at an address.
  /// - Precondition: the snapshot knows its free objects.
  public func place(of address: UInt) -> Place {
    if let area = areas.first(where: { $0.range.contains(address) }) {
      return .area(area, offset: Int(address - area.address))
    }
    if let table = metadata.first(where: { $0.range.contains(address) }) { return .metadata(table.name) }
    guard zone.range.contains(address) else {
      for low in lowZones {
        let place = low.place(of: address)
        if place != .foreign { return place }
      }
      return .foreign
    }
    let offset = Int(address - zone.base)
    let page = offset >> 12
    if let slab = slabs.last(atOrBelow: page, \.page), page < slab.page + slab.pages { return place(offset, in: slab) }
    if let run = runs.last(atOrBelow: page, \.page), page < run.page + run.pages {
      return .run(run, offset: offset - run.page << 12)
    }
    if let block = kept.last(atOrBelow: page, \.page), page < block.page + block.pages { return .keptPage(block) }
    if let block = freeBlocks.last(atOrBelow: page, \.page), page < block.page + block.pages { return .freePage(block) }
    return .noBlock
  }

  private func place(_ offset: Int, in slab: Slab) -> Place {
    let size = caches[slab.sizeClass].objectSize
    let position = offset - slab.page << 12
    let number = position / size
    if number >= slab.capacity { return .tail(slab: slab) }
    let object = UInt64(offset - position % size)
    var state = Place.ObjectState.live
    if !slab.isCarved(number, objectSize: size) {
      state = .neverHandedOut
    } else if let found = away.last(atOrBelow: object, \.offset), found.offset == object {
      state = .away(found.holder, heap: found.heap)
    } else if let found = home?.last(atOrBelow: object, \.self), found == object {
      state = .home
    }
    return .object(slab: slab, number: number, offset: position % size, state)
  }
}

extension Array {
  /// The last element whose key is at most `key`.
  /// - Precondition: the keys ascend.
  func last<Key: Comparable>(atOrBelow key: Key, _ path: (Element) -> Key) -> Element? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if path(self[middle]) <= key { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : self[low - 1]
  }
}
