// Atomic access to the words of the records, which C lays out.
import Synchronization

@inline(__always)
public func atomic(_ word: UnsafeMutablePointer<UInt32>) -> UnsafeMutablePointer<Atomic<UInt32>> {
  UnsafeMutableRawPointer(word).assumingMemoryBound(to: Atomic<UInt32>.self)
}

@inline(__always)
public func atomic(_ word: UnsafeMutablePointer<UInt64>) -> UnsafeMutablePointer<Atomic<UInt64>> {
  UnsafeMutableRawPointer(word).assumingMemoryBound(to: Atomic<UInt64>.self)
}

@inline(__always)
public func atomic(_ word: UnsafeMutablePointer<UInt>) -> UnsafeMutablePointer<Atomic<UInt>> {
  UnsafeMutableRawPointer(word).assumingMemoryBound(to: Atomic<UInt>.self)
}
