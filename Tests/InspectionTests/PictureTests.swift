// The pictures of a zone and the table of `top`, made of a snapshot with known contents.

import TestSupport
import Testing

@testable import Inspection

@Suite("Pictures and tables")
struct PictureTests {
  /// Page 0 nobody's, a slab of two pages of 1024-byte objects of which five live, a run of three pages, two free pages.
  private func snapshot() -> Snapshot {
    var snapshot = Snapshot(target: "process 1 (<a&b>)")
    snapshot.zone.base = 0x10_0000_0000
    snapshot.zone.spannedPages = 8
    snapshot.zone.freePages = 2
    snapshot.caches = [Cache(name: "malloc-1024", objectSize: 1024)]
    snapshot.caches[0].slabs = 1
    snapshot.caches[0].capacity = 8
    snapshot.caches[0].live = 5
    snapshot.slabs = [Slab(page: 1, pages: 2, sizeClass: 0, owner: 2, capacity: 8, carved: 7, home: 1, away: 1, end: 7)]
    // The second object is at home, the fifth in a list; the eighth was never handed out.
    snapshot.home = [4096 + 1024]
    snapshot.away = [AwayObject(offset: 4096 + 4096, holder: .list, heap: 2)]
    snapshot.runs = [Run(page: 3, pages: 3)]
    snapshot.freeBlocks = [FreeBlock(page: 6, order: 1)]
    return snapshot
  }

  @Test func cellsTellWhatPagesHold() {
    let picture = ZonePicture(snapshot())
    let kinds = picture.cells.map(\.kind)
    #expect(kinds == [.none, .slab, .slab, .run, .run, .run, .free, .free])
    #expect(picture.cells[1].fullness == 191 && picture.cells[2].fullness == 127)
    #expect(picture.text(columns: 8, lines: 8).hasSuffix("\n?74###..\n"))
    #expect(picture.text(columns: 2, lines: 2).hasSuffix("\n?#\n") == false)
  }

  @Test func placesAreFound() {
    let snapshot = snapshot()
    func place(_ offset: UInt) -> Place { snapshot.place(of: snapshot.zone.base + offset) }
    let slab = snapshot.slabs[0]
    #expect(place(0) == .noBlock)
    #expect(place(4096) == .object(slab: slab, number: 0, offset: 0, .live))
    #expect(place(4096 + 1030) == .object(slab: slab, number: 1, offset: 6, .home))
    #expect(place(4096 + 4096) == .object(slab: slab, number: 4, offset: 0, .away(.list, heap: 2)))
    #expect(place(4096 + 7 * 1024) == .object(slab: slab, number: 7, offset: 0, .neverHandedOut))
    #expect(place(4 << 12) == .run(snapshot.runs[0], offset: 4096))
    #expect(place(7 << 12) == .freePage(snapshot.freeBlocks[0]))
    #expect(place(8 << 12) == .foreign)
  }

  @Test func partsOfPagesAddUp() {
    let report = Fragmentation(snapshot())
    #expect(report.bytes(.live) == 5 * 1024 + 3 * 4096)
    #expect(report.bytes(.freeInSlabs) == 1024 && report.bytes(.waiting) == 1024 && report.bytes(.neverUsed) == 1024)
    #expect(report.bytes(.freePages) == 2 * 4096)
    #expect(report.bytes == 7 * 4096)
  }

  /// The kernel's arithmetic (mm/vmstat.c), by hand: 3 pages free in two blocks, of 1 and 2 pages.
  @Test func indicesAreTheKernels() {
    let indices = OrderIndex.all([FreeBlock(page: 1, order: 0), FreeBlock(page: 2, order: 1)])
    #expect(indices[0].unusable == 0 && indices[0].fragmentation == -1)
    let third: Double = 1.0 / 3
    #expect(indices[1].unusable == third && indices[1].fragmentation == -1)
    let expected: Double = 1 - (1 + 0.75) / 2
    #expect(indices[2].unusable == 1 && indices[2].fragmentation == expected)
  }

  @Test func SVGAndHTMLAreWellFormed() throws {
    let picture = ZonePicture(snapshot())
    var reader = Command(try Tools.find("xmllint", package: "libxml2-utils"), ["--noout", "-"])
    reader.input = picture.svg
    #expect(try reader.run().ending == .exit(0))
    reader.arguments = ["--html", "--noout", "-"]
    reader.input = try picture.html()
    #expect(try reader.run().ending == .exit(0))
    #expect(reader.input.contains("process 1 (&lt;a&amp;b&gt;)") && !reader.input.contains("<a&b>"))
    #expect(!reader.input.contains("http"))
  }

  /// A frame around each 2 MiB, a thick one where a huge page lies behind it.
  @Test func hugePagesAreOutlined() throws {
    var snapshot = snapshot()
    snapshot.zone.spannedPages = 1024
    snapshot.runs.append(Run(page: 512, pages: 512))
    var residency = Residency(pageSize: 4096)
    let states = (0..<1024).map { $0 < 512 ? PageState.resident : [.resident, .huge] }
    residency.add(snapshot.zone.base..<(snapshot.zone.base + 4 << 20), states)
    snapshot.residency = residency
    let picture = ZonePicture(snapshot)
    #expect(picture.huge == [512])
    #expect(try picture.svg.contains("thick ones huge pages") && picture.html().contains("thick ones huge pages"))
    let frames = picture.svg.matches(of: /<rect class="(huge|block)" [^>]*\/><text [^>]*>([0-9a-f]+)<\/text>/)
    #expect(frames.map { "\($0.1) \($0.2)" } == ["block 1000000000", "huge 1000200000"])
    #expect(try picture.json().contains("\"huge\":[512]") && picture.html().contains("\"huge\":[512]"))
    #expect(!ZonePicture(self.snapshot()).svg.contains("thick ones"))
  }

  /// The headline, and what is lost the most, in plain words.
  @Test func fragmentationIsToldInWords() {
    var snapshot = snapshot()
    snapshot.runs[0].pages = 2
    snapshot.freeBlocks = [FreeBlock(page: 5, order: 0)]
    // What is free at home is the largest part then, but for free pages.
    snapshot.slabs[0].home = 2
    snapshot.home = [4096 + 1024, 4096 + 2 * 1024]
    var lines = Fragmentation(snapshot).text.split(separator: "\n", omittingEmptySubsequences: false)
    let head = "process 1 (<a&b>): 20.0 KiB opened, 12.0 KiB of them asked for by live blocks: ratio 1.67"
    #expect(lines.removeFirst() == head)
    #expect(lines[0] == "A core file does not say what was resident: these are the opened bytes.")
    let causes = lines.drop { $0 != "largest causes" }.dropFirst().prefix { !$0.isEmpty }
    let starts = [
      "  1. 4.00 KiB are free pages that stay for the next requests. malloc_trim(0) ",
      "  2. 2.00 KiB are free between live objects, most in malloc-1024: ", "  3. 1.00 KiB ",
    ]
    #expect(causes.count == 3 && zip(causes, starts).allSatisfy { $0.hasPrefix($1) }, "\(causes)")
  }

  @Test func topShowsRatesAndSorts() {
    var later = snapshot()
    later.caches[0].live = 9
    later.caches.append(Cache(name: "malloc-2048", objectSize: 2048))
    later.caches[1].slabs = 1
    let table = TopTable(later, before: snapshot(), seconds: 2, order: .rate)
    let ends = table.rows(9).map { $0.split(separator: " ").suffix(2).joined(separator: " ") }
    #expect(ends == ["+2 malloc-1024", "0 malloc-2048"])
    #expect(table.rows(1).count == 1 && table.rows(9).allSatisfy { $0.count <= 80 } && TopTable.titles.count <= 80)
  }
}
