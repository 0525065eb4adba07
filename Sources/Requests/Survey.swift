// Survey: the heap in figures. Slab state is read under each heap's lock; the lists of running threads are walked without
// one, within their bounds, so that totals are exact when the process stands still and off by at most those bounds
// otherwise.
import CShim
import Pages
import Platform
import Slabs
import Units

/// The figures of one size class over all heaps. Objects, unless the name says otherwise.
public struct ClassSurvey {
  public var slabs = 0
  public var pages = 0
  /// Objects that were ever handed out to a list.
  public var carved = 0
  /// Free in the slabs.
  public var home = 0
  /// Free in the lists of threads, and on their way between threads.
  public var away = 0

  public var live: Int { max(0, carved &- home &- away) }
}

/// The figures of the whole heap, in bytes.
public struct Survey {
  public var opened = 0
  public var freePages = 0
  public var freeBlocks = 0
  public var freeTouched = 0
  public var slabPages = 0
  public var liveObjects = 0
  public var homeObjects = 0
  public var awayObjects = 0
  public var awayCount = 0
  public var homeCount = 0
  public var mapped = 0
  public var mappedCount = 0
  public var heaps = 0

  /// Bytes in whole-page blocks of the zone; page 0 is nobody's.
  public var runs: Int { max(0, opened &- freePages &- slabPages &- (opened > 0 ? Page.size : 0)) }
  public var live: Int { liveObjects &+ runs }

  /// Surveys everything, if the heap is up.
  public static func take() -> Survey {
    var survey = Survey()
    if !Boot.isUp { return survey }
    for number in SizeClass.all {
      let sizeClass = SizeClass(number)
      let one = of(sizeClass)
      survey.slabPages &+= one.pages &<< Page.shift
      survey.liveObjects &+= one.live &* sizeClass.objectSize
      survey.homeObjects &+= one.home &* sizeClass.objectSize
      survey.awayObjects &+= one.away &* sizeClass.objectSize
      survey.homeCount &+= one.home
      survey.awayCount &+= one.away
    }
    let zone = Zone.shared.statistics
    survey.opened = zone.openedPages &<< Page.shift
    survey.freePages = zone.freePages &<< Page.shift
    survey.freeTouched = zone.touchedFreePages &<< Page.shift
    survey.freeBlocks = zone.freeBlocks
    survey.mapped = VirtualAreas.shared.bytes
    survey.mappedCount = VirtualAreas.shared.count
    survey.heaps = Int(HeapRegistry.shared.count)
    return survey
  }

  public static func of(_ sizeClass: SizeClass) -> ClassSurvey {
    var survey = ClassSurvey()
    if !Boot.isUp { return survey }
    for number in 1..<(HeapRegistry.shared.count &+ 1) {
      let heap = HeapRegistry.heap(number)
      let cache = heap.cacheCounts(sizeClass)
      survey.slabs &+= cache.slabs
      survey.pages &+= cache.pages
      survey.carved &+= cache.carved
      survey.home &+= cache.chained
      survey.away &+= heap.awayCount(sizeClass)
    }
    return survey
  }
}
