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

  /// Thinning out never makes a gap, and never loses one.
  @Test(arguments: 1...20)
  func gapsAreWhereNobodyLooked(_ seed: UInt64) {
    var random = Random(seed: seed)
    var history = History<MemoryMoment>(capacity: random.in(60...100), interval: 1) { $0.bytes }
    let end = Double(random.in(100...5000))
    let missing = random.in(0...1) == 0 ? Gap(from: end * 0.4, to: end * 0.9) : nil
    var now = 0.0
    while now < end {
      if missing.map({ $0.from < now && now < $0.to }) != true {
        history.add(MemoryMoment(seconds: now, bytes: random.in(0...1000)))
      }
      now += history.interval
    }
    let gaps = Gap.all(among: history.moments.map(\.seconds), interval: history.interval, end: end)
    #expect(gaps.count == (missing == nil ? 0 : 1), "\(gaps)")
    #expect(zip(gaps, [missing]).allSatisfy { $0.from <= $1!.from && $0.to >= $1!.to })
  }

  @Test func beforeTheFirstLookAndAfterTheLastIsAGap() {
    #expect(Gap.all(among: [20], interval: 1, end: 40) == [Gap(from: 0, to: 20), Gap(from: 20, to: 40)])
    #expect(Gap.all(among: [], interval: 1, end: 40) == [Gap(from: 0, to: 40)])
    #expect(Gap.all(among: [1, 2], interval: 1, end: 3).isEmpty)
  }

  /// Lines break off at gaps, and what lies between two is a point.
  @Test func linesHaveGaps() {
    let points = [0, 1, 50, 99, 100].map { MemoryMoment(seconds: $0, bytes: 1) }
    let gaps = [Gap(from: 1, to: 50), Gap(from: 50, to: 99)]
    let chart = TimeChart(
      "", form: .lines, [TimeChart.Series(name: "", kind: "s1", points: points, gaps: gaps)]
    ).element
    #expect(chart.matches(of: /<polyline/).count == 2 && chart.matches(of: /<circle/).count == 1)
    let whole = TimeChart("", form: .lines, [TimeChart.Series(name: "", kind: "s1", points: points)]).element
    #expect(whole.matches(of: /<polyline/).count == 1 && !whole.contains("<circle"))
  }

  @Test func meanHoldsEachMomentUntilTheNext() {
    let moments = [(0.0, 10), (1.0, 30), (4.0, 1000)].map { MemoryMoment(seconds: $0.0, bytes: $0.1) }
    #expect(meanOverTime(moments) == 25)
    #expect(meanOverTime([moments[0]]) == nil && meanOverTime([]) == nil)
  }
}
