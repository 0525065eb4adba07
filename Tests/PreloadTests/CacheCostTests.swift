// What a slab cache costs beside malloc, in instructions, which repeat exactly.

import TestSupport
import Testing

@Suite("Cost of caches")
struct CacheCostTests {
  @Test func aCacheOfItsOwnIsNoDearerThanMalloc() throws {
    let (malloc, cache, bulk) = (try costOfPair("malloc"), try costOfPair("cache"), try costOfPair("bulk"))
    #expect(cache <= malloc, "instructions per pair: \(cache) of a cache, \(malloc) of malloc and free")
    #expect(cache <= 60, "instructions per pair of a cache: \(cache)")
    #expect(bulk <= 0.5 * malloc, "instructions per object, 64 at a time: \(bulk); of malloc and free: \(malloc)")
  }

  /// What start and end of the program cost is in both runs.
  private func costOfPair(_ mode: String) throws -> Double {
    let pairs = 64_000
    let program = try Tools.compile(
      Program.root + "Helpers/cache_pairs.c", flags: ["-I", Program.root] + Library.linking())
    func instructions(_ pairs: Int) throws -> Int {
      try Callgrind.costs(of: program, [mode, String(pairs)]).values.reduce(0, +)
    }
    return Double(try instructions(2 * pairs) - instructions(pairs)) / Double(pairs)
  }
}
