// What samples at the default rate cost a program that does nothing but allocate and free: any other pays a smaller part.

import Foundation
import TestSupport
import Testing

@Suite("Cost of samples")
struct SamplingCostTests {
  /// The heap profile, and the rounding that the same samples tell, once paid for both. Where samples fall is drawn at
  /// random, about 400 of them, so that figures of two runs differ by some hundredths of what is measured.
  @Test func samplesAtTheDefaultRateCostLittle() throws {
    let program = try Tools.compile(Program.root + "Costs/runs.cc", flags: ["-rdynamic"])
    let mebibytes = 400
    let without = try Callgrind.totals(of: program, ["mixed", String(mebibytes)], options: "sample=off")
    let with = try Callgrind.totals(of: program, ["mixed", String(mebibytes)], options: nil)
    let (library, all) = (with.library - without.library, with.all - without.all)
    let words =
      "samples: \(library) more instructions to \(without.library) of the library, "
      + String(format: "%.2f %%; ", 100 * Double(library) / Double(without.library))
      + "\(all) more to \(without.all) of all, " + String(format: "%.2f %%", 100 * Double(all) / Double(without.all))
    // That there were samples: each takes six hundred and more. (What it makes the pages' ways cost may be less than nothing.)
    #expect(with.sampling > 600 * mebibytes / 2, "\(with.sampling) in the sampling itself; \(words)")
    #expect(library * 100 < 2 * without.library, "\(words)")
    #expect(all * 100 < without.all, "\(words)")
  }
}
