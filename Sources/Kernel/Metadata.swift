// Metadata: memory for the kernel interface's own records, apart from the pages that programs get, in powers of two from
// 32 bytes. What is given back waits for the next record of its size. Mappings are on a list, by which they are found from
// outside. Lock: metadata, inside every cache's lock.
import CShim
import Platform

enum Metadata {
  private static let smallestShift = 5
  /// What small records are cut from; one that does not fit behind a chunk's header has a mapping of its own.
  private static let chunkBytes: UInt = 64 << 10
  private static var headerBytes: UInt { UInt(MemoryLayout<quarry_metadata_map>.size) }

  private static var record: UnsafeMutablePointer<quarry_kernel> { quarry_kernel_record() }
  static var lock: Lock { Lock(quarry_kernel_metadata_lock(record)) }

  /// A zeroed record of at least `bytes`, at a multiple of 32.
  /// - Returns: nil when the system gives no memory.
  static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let bin = bin(bytes)
    let size = UInt(1) &<< UInt(bin &+ smallestShift)
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    if size >= chunkBytes { return map(size &+ headerBytes).flatMap { UnsafeMutableRawPointer(bitPattern: $0) } }
    let free = quarry_kernel_metadata_free(record, bin)
    if let used = UnsafeMutableRawPointer(bitPattern: free.pointee) {
      free.pointee = used.load(as: UInt.self)
      used.initializeMemory(as: UInt8.self, repeating: 0, count: Int(size))
      return used
    }
    if record.pointee.metadata_end &- record.pointee.metadata_next < size {
      guard let room = map(chunkBytes) else { return nil }
      record.pointee.metadata_next = room
      record.pointee.metadata_end = room &+ (chunkBytes &- headerBytes)
    }
    let fresh = record.pointee.metadata_next
    record.pointee.metadata_next = fresh &+ size
    return UnsafeMutableRawPointer(bitPattern: fresh)
  }

  /// Gives a record back.
  /// - Parameter bytes: as they were asked for.
  static func free(_ address: UnsafeMutableRawPointer, _ bytes: Int) {
    let bin = bin(bytes)
    let size = UInt(1) &<< UInt(bin &+ smallestShift)
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    if size >= chunkBytes { return unmap(UInt(bitPattern: address)) }
    let free = quarry_kernel_metadata_free(record, bin)
    address.storeBytes(of: free.pointee, as: UInt.self)
    free.pointee = UInt(bitPattern: address)
  }

  /// Maps memory and puts it on the list. The lock is held.
  /// - Returns: where there is room behind the header; nil when the system gives no memory.
  private static func map(_ bytes: UInt) -> UInt? {
    guard let start = System.map(bytes: bytes), let map = UnsafeMutablePointer<quarry_metadata_map>(bitPattern: start)
    else { return nil }
    map.pointee.bytes = Int(bitPattern: bytes)
    map.pointee.next = record.pointee.metadata_maps
    map.pointee.next?.pointee.previous = map
    record.pointee.metadata_maps = map
    return start &+ headerBytes
  }

  /// Takes a mapping off the list and gives it back. The lock is held.
  private static func unmap(_ room: UInt) {
    guard let map = UnsafeMutablePointer<quarry_metadata_map>(bitPattern: room &- headerBytes) else { return }
    if let previous = map.pointee.previous {
      previous.pointee.next = map.pointee.next
    } else {
      record.pointee.metadata_maps = map.pointee.next
    }
    map.pointee.next?.pointee.previous = map.pointee.previous
    System.unmap(UInt(bitPattern: map), bytes: UInt(bitPattern: map.pointee.bytes))
  }

  private static func bin(_ bytes: Int) -> Int {
    max(0, Int.bitWidth &- (max(bytes, 1) &- 1).leadingZeroBitCount &- smallestShift)
  }
}
