// Sample: what is known of a sampled block while it lives. A block of whole pages keeps it in its first page's frame; a
// small object gets pages of its own for that, so that neither objects in slabs nor their frees have anything to do with
// sampling (the idea of the kernel's KFENCE, Documentation/dev-tools/kfence.rst).
import CShim
import Pages
import Slabs
import Units

public struct Sample {
  /// Bytes requested.
  public var size: UInt64
  /// Where.
  public let stack: quarry_stack_id
  /// Number of the heap of the thread that asked.
  public let heap: UInt32

  @inline(__always) public init(size: UInt64, stack: quarry_stack_id, heap: UInt32) {
    self.size = size
    self.stack = stack
    self.heap = heap
  }

  private typealias Frame = UnsafeMutablePointer<quarry_sample_frame>

  @inline(__always) private static func frame(_ page: PageIndex) -> Frame {
    quarry_frame_as_sample(Zone.shared.frame(page))
  }

  /// Whether the run that begins at a page is a sample.
  @inline(__always) public static func isAt(_ page: PageIndex) -> Bool {
    frame(page).pointee.kind == QUARRY_FRAME_SAMPLED
  }

  /// The class of the object that has the pages of a run; nil when the run was no object.
  @inline(__always) public static func sizeClass(at page: PageIndex) -> SizeClass? {
    let number = Int(frame(page).pointee.size_class)
    return isAt(page) && number < SizeClass.count ? SizeClass(number) : nil
  }

  /// What is known of the run that begins at a page, if it is a sample.
  public init?(at page: PageIndex) {
    let frame = Self.frame(page)
    if frame.pointee.kind != QUARRY_FRAME_SAMPLED { return nil }
    self.init(size: frame.pointee.size, stack: frame.pointee.stack, heap: frame.pointee.heap)
  }

  /// Makes the run that begins at a page a sample.
  /// - Parameter sizeClass: of the object that got the run because it is one; nil for a block of pages.
  public func write(at page: PageIndex, sizeClass: SizeClass?) {
    let frame = Self.frame(page)
    frame.pointee.size = size
    frame.pointee.stack = stack
    frame.pointee.heap = heap
    frame.pointee.size_class = UInt8(sizeClass?.rawValue ?? SizeClass.count)
    frame.pointee.kind = UInt8(QUARRY_FRAME_SAMPLED)
  }

  /// Makes the run that begins at a page none.
  public static func erase(at page: PageIndex) { frame(page).pointee.kind = UInt8(QUARRY_FRAME_RUN) }

  // MARK: Blocks with mappings of their own

  /// What is known of the block that begins at an address, if it is a sample.
  public init?(ofArea address: UInt) {
    guard let area = VirtualAreas.shared.record(of: address), area.sampled_size != 0 else { return nil }
    self.init(size: area.sampled_size, stack: area.stack, heap: area.heap)
  }

  public static func write(_ sample: Sample?, ofArea address: UInt) {
    VirtualAreas.shared.note(
      sampled: address, size: sample?.size ?? 0, stack: sample?.stack ?? 0, heap: sample?.heap ?? 0)
  }
}
