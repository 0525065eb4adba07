// CacheSheaf: an array of free objects of a named cache. Whoever has it, a thread, the barn or the program, has it alone.
import CShim

struct CacheSheaf {
  let record: UnsafeMutablePointer<slab_sheaf>

  @inline(__always) init(_ record: UnsafeMutablePointer<slab_sheaf>) { self.record = record }

  @inline(__always) var count: Int { Int(record.pointee.count) }
  @inline(__always) var capacity: Int { Int(record.pointee.capacity) }
  @inline(__always) var objects: UnsafeMutablePointer<UInt> { quarry_sheaf_objects(record) }
  @inline(__always) var isFull: Bool { count == capacity }

  /// The object that was put last; 0 when there is none.
  @inline(__always) var last: UInt { objects[count &- 1] }

  @inline(__always) func pop() -> UInt {
    let count = record.pointee.count
    if count == 0 { return 0 }
    record.pointee.count = count &- 1
    return objects[Int(count) &- 1]
  }

  @inline(__always) func push(_ object: UInt) -> Bool {
    let count = record.pointee.count
    if count == record.pointee.capacity { return false }
    objects[Int(count)] = object
    record.pointee.count = count &+ 1
    return true
  }

  // MARK: Life

  /// Words of a sheaf's record before its objects.
  static let headWords = MemoryLayout<slab_sheaf>.size / 8

  private static func bytes(_ capacity: Int) -> Int { (headWords &+ capacity) &* 8 }

  static func make(_ cache: UnsafeMutablePointer<kmem_cache>, capacity: Int) -> CacheSheaf? {
    guard let memory = Metadata.allocate(bytes(capacity)) else { return nil }
    let sheaf = CacheSheaf(memory.assumingMemoryBound(to: slab_sheaf.self))
    sheaf.record.pointee.capacity = UInt32(capacity)
    sheaf.record.pointee.cache = cache
    return sheaf
  }

  func release() { Metadata.free(record, Self.bytes(capacity)) }
}
