// SlabCache: a slab cache of one Swift type, for programs that link with Quarry.
import CQuarry

/// A cache of memory for values of one type: `kmem_cache_create` and its relatives, typed.
///
/// The cache may be used from any thread at any time. It ends with its owner; if objects are still live then, Quarry says
/// which, and the memory stays.
///
/// ```swift
/// guard let nodes = SlabCache<Node>("nodes") else { … }
/// let node = nodes.make(Node(key: 1))       // freed where `node` ends
/// ```
public struct SlabCache<Element>: ~Copyable, @unchecked Sendable {
  /// The cache itself, for the functions of C.
  public let handle: OpaquePointer

  /// Makes a cache. Like caches of trivial use merge with the general one of their size; see `SlabFlags`.
  /// - Parameter name: that reports show.
  /// - Returns: nil, after a line on standard error, when there is no memory.
  public init?(_ name: String, flags: SlabFlags = []) {
    let made = kmem_cache_create(
      name, UInt32(max(1, MemoryLayout<Element>.size)), UInt32(MemoryLayout<Element>.alignment), flags.rawValue, nil)
    guard let made else { return nil }
    handle = made
  }

  deinit { kmem_cache_destroy(handle) }

  /// Memory for one value, uninitialised.
  /// - Returns: nil when there is no memory.
  /// - Complexity: constant, but for refills.
  public borrowing func allocate(_ gfp: GFP = .kernel) -> UnsafeMutablePointer<Element>? {
    kmem_cache_alloc(handle, gfp.rawValue)?.assumingMemoryBound(to: Element.self)
  }

  /// Gives memory back that holds no value any more.
  /// - Precondition: it came from this cache.
  public borrowing func free(_ memory: UnsafeMutablePointer<Element>) { kmem_cache_free(handle, memory) }

  /// A value in memory of this cache, which its owner frees.
  /// - Returns: nil when there is no memory.
  public borrowing func make(_ value: consuming Element, _ gfp: GFP = .kernel) -> SlabObject<Element>? {
    guard let memory = allocate(gfp) else { return nil }
    memory.initialize(to: value)
    return SlabObject(memory, handle)
  }

  /// Memory for as many values as the buffer has places, or for none.
  /// - Returns: whether there was memory for all.
  public borrowing func allocate(
    into buffer: UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>, _ gfp: GFP = .kernel
  ) -> Bool {
    guard let base = buffer.baseAddress else { return true }
    return kmem_cache_alloc_bulk(handle, gfp.rawValue, buffer.count, base) == Int32(buffer.count)
  }

  /// Gives memory of many values back.
  public borrowing func free(all buffer: UnsafeMutableBufferPointer<UnsafeMutableRawPointer?>) {
    if let base = buffer.baseAddress { kmem_cache_free_bulk(handle, buffer.count, base) }
  }

  /// Gives back what the cache does not need.
  /// - Returns: whether no slab is left.
  @discardableResult public borrowing func shrink() -> Bool { kmem_cache_shrink(handle) == 0 }
}

/// A value in memory of a slab cache. It ends, and the memory goes back, where its owner ends.
public struct SlabObject<Element>: ~Copyable {
  private let memory: UnsafeMutablePointer<Element>
  private let cache: OpaquePointer

  init(_ memory: UnsafeMutablePointer<Element>, _ cache: OpaquePointer) {
    self.memory = memory
    self.cache = cache
  }

  deinit {
    memory.deinitialize(count: 1)
    kmem_cache_free(cache, memory)
  }

  /// The value.
  public var value: Element {
    unsafeAddress { UnsafePointer(memory) }
    nonmutating unsafeMutableAddress { memory }
  }

  /// Where the value lies.
  public var address: UnsafeMutablePointer<Element> { memory }
}
