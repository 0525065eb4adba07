// Large runs that get huge pages because the program filled the one before.

import Platform
import TestSupport
import Testing
import Units

@testable import Pages

@Suite("Filled runs")
struct FilledRunsTests {
  static let count = 4096
  /// Pages of such a run that begins where a pageblock does: those that get huge pages, and those before the watched ones that
  /// do not.
  static let huge = count - Page.perPageblock
  static let single = Page.perPageblock - Tunables.watchedPages

  private let holder: TestZone
  private var zone: Zone { holder.zone }
  /// Pages of runs to come that may be faulted in ahead.
  private var ahead: UInt64 { zone.record.pointee.filled_pages }

  /// Huge pages come fast, and are not there in truth.
  init() throws {
    holder = try TestZone.booted()
    Faults.clear()
    Faults.hugeMicroseconds = 1
  }

  private func run(_ count: Int = count) throws -> PageIndex {
    let block = try #require(zone.allocate(count, alignment: Page.perPageblock))
    #expect(block.new == count)
    zone.populateRun(block.first, count)
    return block.first
  }

  /// Pages that are faulted in, but for huge ones.
  private func resident(_ run: PageIndex) -> Int { residentPages(zone.address(run), Self.count) }

  private func fill(_ run: PageIndex, but left: Int = 0, of count: Int = count) {
    holder.scribble(run.int..<run.int + count - left)
  }

  @Test func theRunAfterAFilledOneIsFaultedInAhead() throws {
    defer { Faults.clear() }
    let first = try run()
    #expect(ahead == 0)
    fill(first)
    let second = try run()
    #expect(ahead == UInt64(Tunables.watchedPages))
    #expect(resident(second) == Self.single)
    // The second is not filled yet, which says nothing; what is left is less than a run, and used up.
    #expect(resident(try run()) == Tunables.watchedPages)
    #expect(ahead == 0)
    zone.free(second, Self.count, touched: Self.count)
    _ = try zone.verifiedBlocks()
  }

  /// The last page alone says that it was not filled.
  @Test(arguments: [1, Self.count])
  func noneIsAfterOneThatWasNot(_ left: Int) throws {
    defer { Faults.clear() }
    fill(try run(), but: left)
    let second = try run()
    #expect(ahead == 0)
    zone.learn(fromEndOf: second)
    #expect(ahead == 0)
  }

  /// As of a stack, which grows downwards.
  @Test func noneIsAfterOneWhoseEndAloneWasFilled() throws {
    defer { Faults.clear() }
    let first = try run()
    holder.scribble(first.int + Self.huge..<first.int + Self.count)
    _ = try run()
    #expect(ahead == 0)
  }

  @Test func aRunThatGoesBackTellsToo() throws {
    defer { Faults.clear() }
    let first = try run()
    fill(first)
    zone.learn(fromEndOf: first)
    #expect(ahead == UInt64(Self.count))
    // Once only: another run may lie there by now.
    zone.record.pointee.filled_pages = 0
    zone.learn(fromEndOf: first)
    #expect(ahead == 0)
  }

  /// What is faulted in in vain is never more than what was filled, however many runs come.
  @Test func aRunThatGoesBackUnfilledEndsIt() throws {
    defer { Faults.clear() }
    fill(try run())
    let second = try run(2048)
    #expect(ahead == UInt64(Self.count - 2048 + Tunables.watchedPages))
    zone.learn(fromEndOf: second)
    #expect(ahead == 0)
  }

  /// Another thread's run may be watched by the time the lock is had.
  @Test func noneLearnsFromARunThatIsNotItsOwn() throws {
    defer { Faults.clear() }
    let first = try run()
    let second = try run()
    zone.learn(from: first, atEnd: true)
    #expect(zone.record.pointee.watched_first == second.rawValue)
    fill(second)
    zone.learn(fromEndOf: second)
    #expect(ahead == UInt64(Self.count))
  }

  @Test func aRunThatLosesPagesTellsNothingAnyMore() throws {
    defer { Faults.clear() }
    let first = try run()
    zone.unwatch(first + 1)
    #expect(zone.record.pointee.watched_pages == UInt32(Self.count))
    zone.unwatch(first)
    fill(first)
    zone.learn(fromEndOf: first)
    #expect(ahead == 0)
  }

  /// Resident from an earlier use, its end tells nothing of the next.
  @Test func onlyUntouchedEndsAreWatched() throws {
    defer { Faults.clear() }
    let first = try #require(zone.allocate(Self.count, alignment: Page.perPageblock)).first
    fill(first)
    zone.populateRun(first, Self.count)
    #expect(zone.record.pointee.watched_pages == 0)
  }

  /// A pageblock with a page in use by then keeps to small pages.
  @Test func onlyEmptyPageblocksGetHugePages() throws {
    defer { Faults.clear() }
    fill(try run())
    let block = try #require(zone.allocate(Self.count, alignment: Page.perPageblock)).first
    holder.scribble(block.int + 600..<block.int + 601)
    zone.populateRun(block, Self.count)
    #expect(ahead == UInt64(Tunables.watchedPages) + 1)
    #expect(resident(block) == Page.perPageblock + Self.single)
  }

  @Test func whereHugePagesComeSlowlyTheyAreLeftOut() throws {
    defer { Faults.clear() }
    fill(try run())
    Faults.hugeMicroseconds = Tunables.hugeMicroseconds + 1
    #expect(resident(try run()) == Self.huge - Page.perPageblock + Self.single)
    #expect(ahead == UInt64(Tunables.watchedPages))
  }

  @Test(arguments: ["never", "none", "untold"])
  func otherwiseThereIsNone(_ why: String) throws {
    defer { Faults.clear() }
    switch why {
    case "never": zone.useHugePages(false)
    case "none": Faults.fail(.huge)
    default: Faults.fail(.residency)
    }
    fill(try run())
    #expect(resident(try run()) == (why == "none" ? Self.huge + Self.single : 0))
    #expect(ahead == (why == "none" ? UInt64(Tunables.watchedPages) : 0))
  }
}
