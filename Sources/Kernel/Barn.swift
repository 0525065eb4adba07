// Barn: full and empty sheaves of a named cache, so that a thread that frees hands a sheaf of objects to one that
// allocates by one exchange. Every method wants the cache's lock held.
import CShim
import Platform

struct Barn {
  private let record: UnsafeMutablePointer<kmem_cache>

  init(_ record: UnsafeMutablePointer<kmem_cache>) { self.record = record }

  func addEmpty(_ sheaf: CacheSheaf) {
    sheaf.record.pointee.next = record.pointee.empty_sheaves
    record.pointee.empty_sheaves = sheaf.record
  }

  /// A full sheaf for an empty one; nil when there is none.
  func exchange(empty: CacheSheaf) -> CacheSheaf? {
    guard let full = record.pointee.full_sheaves else { return nil }
    record.pointee.full_sheaves = full.pointee.next
    record.pointee.full_sheaf_count &-= 1
    addEmpty(empty)
    return CacheSheaf(full)
  }

  /// An empty sheaf for a full one; nil when there are enough full ones, or no memory for another sheaf.
  func exchange(full: CacheSheaf) -> CacheSheaf? {
    guard record.pointee.full_sheaf_count < record.pointee.barn_limit, let empty = takeEmpty() ?? makeEmpty() else {
      return nil
    }
    full.record.pointee.next = record.pointee.full_sheaves
    record.pointee.full_sheaves = full.record
    record.pointee.full_sheaf_count &+= 1
    return empty
  }

  private func takeEmpty() -> CacheSheaf? {
    guard let empty = record.pointee.empty_sheaves else { return nil }
    record.pointee.empty_sheaves = empty.pointee.next
    return CacheSheaf(empty)
  }

  private func makeEmpty() -> CacheSheaf? { CacheSheaf.make(record, capacity: Int(record.pointee.sheaf_capacity)) }

  /// Takes the objects of a sheaf home.
  func emptyHome(_ sheaf: CacheSheaf) {
    CacheHome(record).takeHome(sheaf.objects, sheaf.count, "kmem_cache_free")
    sheaf.record.pointee.count = 0
  }

  /// Takes the objects of all full sheaves home; the sheaves stay, empty.
  func drain() {
    while let full = record.pointee.full_sheaves {
      record.pointee.full_sheaves = full.pointee.next
      emptyHome(CacheSheaf(full))
      addEmpty(CacheSheaf(full))
    }
    record.pointee.full_sheaf_count = 0
  }

  /// Gives the sheaves up; their objects are home.
  func release() {
    while let empty = record.pointee.empty_sheaves {
      record.pointee.empty_sheaves = empty.pointee.next
      CacheSheaf(empty).release()
    }
  }
}
