// Handle: what the interface hands out to be passed back: caches, prefilled sheaves and pools. As long as the program may
// use one, its record bears a seal, its own address mixed with what it is. So a handle of something else, or of what was
// destroyed, is recognised and gets one line. The seal is checked where a lock or a refill costs more anyway; the fast
// paths need no check.
import CShim
import Platform
import Slabs

public enum Handle {
  private enum Kind: UInt {
    case cache = 0x6361_6368_6521
    case sheaf = 0x7368_6561_6621
    case pool = 0x6d65_6d70_6f6f
  }

  // MARK: The seals

  static func seal(_ cache: UnsafeMutablePointer<kmem_cache>) {
    quarry_cache_seal(cache).pointee = UInt(bitPattern: cache) ^ Kind.cache.rawValue
  }
  static func seal(_ sheaf: UnsafeMutablePointer<slab_sheaf>) {
    quarry_sheaf_seal(sheaf).pointee = UInt(bitPattern: sheaf) ^ Kind.sheaf.rawValue
  }
  static func seal(_ pool: UnsafeMutablePointer<mempool>) {
    quarry_mempool_seal(pool).pointee = UInt(bitPattern: pool) ^ Kind.pool.rawValue
  }

  static func unseal(_ cache: UnsafeMutablePointer<kmem_cache>) { quarry_cache_seal(cache).pointee = 0 }
  static func unseal(_ sheaf: UnsafeMutablePointer<slab_sheaf>) { quarry_sheaf_seal(sheaf).pointee = 0 }
  static func unseal(_ pool: UnsafeMutablePointer<mempool>) { quarry_mempool_seal(pool).pointee = 0 }

  // MARK: The checks

  /// The cache that a program means, or the end of the process.
  /// - Parameter function: the name that the program called.
  @inline(__always)
  public static func cache(
    _ cache: UnsafeMutablePointer<kmem_cache>?, _ function: StaticString
  ) -> UnsafeMutablePointer<kmem_cache> {
    guard let cache, isAligned(cache), quarry_cache_seal(cache).pointee == UInt(bitPattern: cache) ^ Kind.cache.rawValue
    else { refuse(UInt(bitPattern: cache), function, "not a cache, or one that was destroyed") }
    return cache
  }

  /// The prefilled sheaf that a program means, or the end of the process.
  @inline(__always)
  public static func sheaf(
    _ sheaf: UnsafeMutablePointer<slab_sheaf>?, _ function: StaticString
  ) -> UnsafeMutablePointer<slab_sheaf> {
    guard let sheaf, isAligned(sheaf), quarry_sheaf_seal(sheaf).pointee == UInt(bitPattern: sheaf) ^ Kind.sheaf.rawValue
    else { refuse(UInt(bitPattern: sheaf), function, "not a prefilled sheaf, or one that was returned") }
    return sheaf
  }

  /// The pool that a program means, or the end of the process.
  @inline(__always)
  public static func pool(
    _ pool: UnsafeMutablePointer<mempool>?, _ function: StaticString
  ) -> UnsafeMutablePointer<mempool> {
    guard let pool, isAligned(pool), quarry_mempool_seal(pool).pointee == UInt(bitPattern: pool) ^ Kind.pool.rawValue
    else { refuse(UInt(bitPattern: pool), function, "not a memory pool, or one that was destroyed") }
    return pool
  }

  /// The array that a program passes for `count` entries, or the end of the process.
  @inline(__always)
  public static func array<Entry>(
    _ entries: UnsafeMutablePointer<Entry>?, _ count: UInt, _ function: StaticString
  ) -> UnsafeMutablePointer<Entry>? {
    if entries == nil && count > 0 { refuse(0, function, "not an array") }
    return entries
  }

  private static func isAligned(_ record: UnsafeRawPointer) -> Bool { UInt(bitPattern: record) % 8 == 0 }

  @inline(never) private static func refuse(_ address: UInt, _ function: StaticString, _ reason: StaticString) -> Never
  {
    var message = Misuse.begin(function, address)
    message.append(reason)
    Misuse.end(saying: message)
  }
}
