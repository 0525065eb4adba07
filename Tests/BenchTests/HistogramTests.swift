// The histogram of the latency workload beside the exact order of the same values.

import TestSupport
import Measuring
import Testing

@Suite("Histogram")
struct HistogramTests {
  /// Reads values and prints what the histogram says of them: the largest, then some quantiles.
  private static let program = """
    #include "histogram.h"
    #include <stdio.h>
    int main(void) {
      static Histogram half[2];
      unsigned long long value;
      for (int turn = 0; scanf("%llu", &value) == 1; turn++) histogram_add(&half[turn % 2], value);
      histogram_merge(&half[0], &half[1]);
      const double shares[] = {0, 0.5, 0.9, 0.99, 0.9999};
      printf("%llu\\n", (unsigned long long)half[0].most);
      for (int i = 0; i < 5; i++) printf("%llu\\n", (unsigned long long)histogram_quantile(&half[0], shares[i]));
    }
    """

  @Test func quantilesAreExactToAThirtySecond() throws {
    let folder = try Scratch.folder()
    defer { Scratch.remove(folder) }
    try Scratch.write(Self.program, to: folder + "/histogram.c")
    let headers = Library.packageRoot + "/Sources/QuarryWorkloads/Frame/include"
    var command = Command(try Tools.compile(folder + "/histogram.c", flags: ["-I", headers]))

    var random = Random(seed: 5)
    let values = (0..<20_000).map { _ in random.spread(to: 1 << 40) }
    command.input = values.map(String.init).joined(separator: "\n")
    let outcome = try command.run()
    let answers = outcome.outputLines.compactMap { Int($0) }
    try #require(answers.count == 6, "\(outcome)")

    let sorted = values.sorted()
    #expect(answers[0] == sorted.last)
    for (answer, share) in zip(answers.dropFirst(), [0, 0.5, 0.9, 0.99, 0.9999]) {
      let exact = sorted[Int(Double(sorted.count) * share)]
      #expect(answer <= exact && Double(exact - answer) <= Double(exact) / 32, "\(share): \(answer), exactly \(exact)")
    }
  }
}
