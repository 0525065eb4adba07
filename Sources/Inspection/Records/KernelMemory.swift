// KernelMemory: the kernel interface's records of pages in a process: the slabs of its atomic reserve, and the zones of low
// addresses.

import CInspection

struct KernelMemory {
  let address: UInt
  private let source: any MemorySource

  /// - Parameter hooks: where the registry has the interface's hooks.
  /// - Returns: nil where the program does not use the interface.
  init?(_ source: any MemorySource, hooks: UInt) throws {
    guard hooks != 0, let hooks = try source.load(hooks, as: quarry_kernel_hooks.self), hooks.memory != 0,
      hooks.memory & 7 == 0, hooks.memory < UInt.max - UInt(MemoryLayout<quarry_kernel_memory>.size)
    else { return nil }
    address = hooks.memory
    self.source = source
  }

  /// The slabs of the reserve by their numbers; number 0 is none.
  func reserveSlabs() throws -> [quarry_reserve_slab] {
    let place = UInt(MemoryLayout<quarry_kernel_memory>.offset(of: \.reserve_slabs)!)
    guard let last = try source.load(address + place, as: UInt32.self), last > 0, last < UInt32(QUARRY_RESERVE_SLABS)
    else {
      return []
    }
    let bytes = (UInt(last) + 1) * UInt(MemoryLayout<quarry_reserve_slab>.stride)
    guard let copy = try RemoteCopy(source, address + quarry_reserve_slabs_offset(), bytes) else { return [] }
    return Array(
      UnsafeBufferPointer(start: copy.pointer(to: quarry_reserve_slab.self), count: Int(last) + 1))
  }

  /// The records of the low zones that are up, with the kernel's names.
  func lowZones() throws -> [(name: String, record: UInt)] {
    let first = address + quarry_low_zones_offset()
    return try ["DMA", "DMA32"].enumerated().compactMap { number, name in
      let record = first + UInt(number * MemoryLayout<quarry_zone>.stride)
      return try RecordFinder.version(source, record) == UInt32(QUARRY_LAYOUT_VERSION) ? (name, record) : nil
    }
  }
}
