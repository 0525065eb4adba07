// Histories and the figures made of them.

import Measuring
import TestSupport
import Testing

@Suite("Histories")
struct HistoryTests {
  /// Whatever comes, the first, the last and the largest stay, in the order of time and within the bound.
  @Test(arguments: 1...20)
  func memoryIsBoundedAndPeaksStay(_ seed: UInt64) {
    var random = Random(seed: seed)
    let capacity = random.in(4...50)
    var history = History<MemoryMoment>(capacity: capacity, interval: 1) { $0.bytes }
    var all: [MemoryMoment] = []
    for second in 0..<random.in(1...2000) {
      all.append(MemoryMoment(seconds: Double(second), bytes: random.in(0...1000)))
      history.add(all[second])
      #expect(history.moments.count <= capacity)
    }
    let kept = history.moments
    #expect(kept.first == all.first && kept.last == all.last)
    #expect(kept.map(\.bytes).max() == all.map(\.bytes).max())
    #expect(zip(kept, kept.dropFirst()).allSatisfy { $0.seconds < $1.seconds })
    #expect(all.count <= capacity ? history.interval == 1 : history.interval > 1)
  }

  @Test func meanHoldsEachMomentUntilTheNext() {
    let moments = [(0.0, 10), (1.0, 30), (4.0, 1000)].map { MemoryMoment(seconds: $0.0, bytes: $0.1) }
    #expect(meanOverTime(moments) == 25)
    #expect(meanOverTime([moments[0]]) == nil && meanOverTime([]) == nil)
  }
}
