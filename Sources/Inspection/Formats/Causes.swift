// Causes: the parts of a heap that are not live, largest first, in plain words with what could be done.

extension Fragmentation {
  public var causes: [String] {
    let wasted = parts.filter { $0.kind != .live && $0.bytes > 0 }.sorted { $0.bytes > $1.bytes }
    return wasted.map { "\(Size($0.bytes)) \(words($0.kind))" }
  }

  private func words(_ kind: Part.Kind) -> String {
    switch kind {
    case .live: ""
    case .rounding:
      "were added to requests to make them sizes of classes, or whole pages. 'quarry trace analyse' tells which other "
        + "sizes would lose less"
    case .freeInSlabs:
      "are free between live objects, most in \(worst(\.freeInSlabs)): blocks of that size were freed while their "
        + "neighbours live on. New blocks of the size will use them; to have fewer, allocate what lives long apart "
        + "from what dies young"
    case .waiting:
      "wait in threads' lists and on their way between threads, most in \(worst(\.waiting)): they serve the next "
        + "requests. Fewer threads hold less; malloc_trim(0) empties those of the calling thread"
    case .holes:
      "are pages of slabs in which nothing lives, most in \(worst(\.holes)): they serve the next requests of the size, "
        + "and go back once all of their slab is free and at home"
    case .neverUsed:
      "of slabs were never handed out, most in \(worst(\.neverUsed)): room for the next objects, and tails that are "
        + "too short for one"
    case .keptPages:
      "are free pages that threads keep for their next slabs, and blocks that went back last, for the next of their "
        + "length; what is not needed goes back soon. malloc_trim(0) gives back the blocks, and what the calling thread "
        + "keeps"
    case .freePages:
      "are free pages that stay for the next requests. malloc_trim(0) gives them back, but for those of zones of low "
        + "addresses, and mallopt(M_TRIM_THRESHOLD, bytes) sets how much stays"
    case .reserve:
      "are the reserve of the kernel interface for requests that may not wait"
    case .metadata:
      "are Quarry's own code and records, most in \(metadata.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "")"
    case .unknown: "were changing hands while they were read"
    }
  }

  private func worst(_ part: KeyPath<CacheRow, Int>) -> String {
    caches.max { $0[keyPath: part] < $1[keyPath: part] }?.name ?? "no cache"
  }
}
