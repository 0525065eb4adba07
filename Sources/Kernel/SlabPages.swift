// SlabPages: the pages of named caches' slabs, by migrate type.
import CShim
import Pages
import Units

enum SlabPages {
  /// One attempt, which does not wait when the flags forbid it.
  static func take(_ count: Int, alignment: Int, _ gfp: Gfp) -> Zone.Pages? {
    gfp.mayWait
      ? Zone.shared.allocate(count, alignment: alignment, in: gfp.migrateType)
      : Zone.shared.allocateAtHand(count, alignment: alignment, in: gfp.migrateType)
  }

  /// Gives a slab's pages back, all of which the program may have written to.
  static func free(_ first: PageIndex, _ count: Int) {
    Zone.shared.freeTyped(first, count, touched: count)
    BackgroundReclaim.remember()
  }
}
