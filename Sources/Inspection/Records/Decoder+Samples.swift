// The heap profile: sampled blocks, as their own frames and areas describe them, and the stacks that they came from.

import CInspection

extension Decoder {
  /// Adds the sample that a frame tells of.
  mutating func addSample(_ page: Int, _ pages: Int) {
    let frame = UnsafeRawPointer(image.frames + page).loadUnaligned(as: quarry_sample_frame.self)
    let sizeClass = Int(frame.size_class)
    let objectSize = sizeClass < classes ? sizes[sizeClass] : nil
    guard objectSize != 0, frame.size <= UInt64(objectSize ?? pages << 12) else {
      contradict("the sample at page \(page) has \(frame.size) bytes in \(pages) pages")
      return
    }
    if objectSize != nil { snapshot.caches[sizeClass].sampled += 1 }
    snapshot.samples.append(
      SampledBlock(
        address: image.base + UInt(page) << 12, bytes: pages << 12, size: Int(frame.size), stack: frame.stack,
        heap: Int(frame.heap), objectSize: objectSize, sizeClass: objectSize.map { _ in sizeClass }))
  }

  /// Adds those of the blocks with mappings of their own.
  mutating func addSampledAreas() {
    snapshot.sampleInterval = Int(clamping: image.registry.pointee.sample_interval)
    for area in image.areas where area.sampled_size > 0 && area.sampled_size <= UInt64(area.bytes) {
      snapshot.samples.append(
        SampledBlock(
          address: area.address, bytes: Int(area.bytes), size: Int(area.sampled_size), stack: area.stack,
          heap: Int(area.heap)))
    }
    snapshot.samples.sort { $0.address < $1.address }
  }

  /// Copies the stacks.
  mutating func readStacks() throws {
    // The table appears with the first sample, perhaps since the records were copied.
    let address = UInt(bitPattern: image.registry.pointee.stacks)
    let stacks = address == 0 ? StackTable() : try StackTable(source, address)
    for line in stacks.contradictions { contradict(line) }
    snapshot.stacks = stacks
  }
}
