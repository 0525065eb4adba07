// Metadata: memory for the kernel interface's own records, apart from the pages that programs get, in powers of two from
// 32 bytes. What is given back waits for the next record of its size. Lock: metadata, inside every cache's lock.
import CShim
import Platform

enum Metadata {
  private static let smallestShift = 5
  private static let chunkBytes: UInt = 64 << 10

  private static var record: UnsafeMutablePointer<quarry_kernel> { quarry_kernel_record() }
  static var lock: Lock { Lock(quarry_kernel_metadata_lock(record)) }

  /// A zeroed record of at least `bytes`, at a multiple of 32.
  /// - Returns: nil when the system gives no memory.
  static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let bin = bin(bytes)
    let size = UInt(1) &<< UInt(bin &+ smallestShift)
    if size > chunkBytes { return System.map(bytes: size).flatMap { UnsafeMutableRawPointer(bitPattern: $0) } }
    let acquired = lock.acquire()
    defer { lock.release(acquired) }
    let free = quarry_kernel_metadata_free(record, bin)
    if let used = UnsafeMutableRawPointer(bitPattern: free.pointee) {
      free.pointee = used.load(as: UInt.self)
      used.initializeMemory(as: UInt8.self, repeating: 0, count: Int(size))
      return used
    }
    if record.pointee.metadata_end &- record.pointee.metadata_next < size {
      guard let chunk = System.map(bytes: chunkBytes) else { return nil }
      record.pointee.metadata_next = chunk
      record.pointee.metadata_end = chunk &+ chunkBytes
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
    if size > chunkBytes {
      System.unmap(UInt(bitPattern: address), bytes: size)
      return
    }
    let acquired = lock.acquire()
    let free = quarry_kernel_metadata_free(record, bin)
    address.storeBytes(of: free.pointee, as: UInt.self)
    free.pointee = UInt(bitPattern: address)
    lock.release(acquired)
  }

  private static func bin(_ bytes: Int) -> Int {
    max(0, Int.bitWidth &- (max(bytes, 1) &- 1).leadingZeroBitCount &- smallestShift)
  }
}
