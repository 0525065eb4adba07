// MigrateType: which pages lie together. Pages of one type fill pageblocks of their own, so that what lives long does not
// pin blocks that could fall free as a whole.
import CShim

public struct MigrateType: Equatable {
  public let rawValue: Int

  @inline(__always) public init(_ rawValue: Int) { self.rawValue = rawValue }

  /// What programs hold and let go: malloc's memory, and every pageblock that is not set aside for another type.
  @inline(__always) public static var movable: MigrateType { MigrateType(Int(QUARRY_MIGRATE_MOVABLE)) }
  /// What stays where it is for long.
  @inline(__always) public static var unmovable: MigrateType { MigrateType(Int(QUARRY_MIGRATE_UNMOVABLE)) }
  /// What a shrinker gives up when memory is short.
  @inline(__always) public static var reclaimable: MigrateType { MigrateType(Int(QUARRY_MIGRATE_RECLAIMABLE)) }

  public static let count = Int(QUARRY_MIGRATE_COUNT)
}
