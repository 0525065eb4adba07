// Survey: the heap in figures, from the frames of all slabs and the lists, which are read without a lock: exact when the
// process stands still, and otherwise off by what happens meanwhile.
import CShim
import Pages
import Platform
import Slabs
import Units

/// The figures of one size class over all heaps. Objects, unless the name says otherwise.
public struct ClassSurvey {
  public var pages = 0
  /// Objects that were ever handed out to a list.
  public var carved = 0
  /// Free in the slabs.
  public var home = 0
  /// Free in the lists of threads, and on their way between threads.
  public var away = 0

  public var live: Int { max(0, carved &- home &- away) }
}

/// The figures of every size class.
public struct ClassSurveys {
  /// Free pages that heaps keep for their next slabs.
  public private(set) var keptPages = 0
  private var classes = InlineArray<73, ClassSurvey>(repeating: ClassSurvey())

  public subscript(_ sizeClass: SizeClass) -> ClassSurvey { classes[sizeClass.rawValue] }

  /// - Complexity: linear in the pages of the zone and in the objects of the lists.
  public static func take() -> ClassSurveys {
    var surveys = ClassSurveys()
    if !Boot.isUp { return surveys }
    let zone = Zone.shared
    zone.mergeFreedRuns()
    let end = Int(zone.extent &>> UInt(Page.shift))
    var page = 1
    while page < end {
      let frame = zone.frame(PageIndex(page)).pointee
      let number = Int(frame.size_class)
      if frame.kind == QUARRY_FRAME_SLAB && number < SizeClass.count {
        surveys.classes[number].pages &+= Int(frame.pages)
        surveys.classes[number].carved &+= Int(frame.carved)
        if frame.state != QUARRY_SLAB_FULL {
          surveys.classes[number].home &+= max(0, Int(frame.carved) &- Int(frame.due))
        }
      }
      if frame.kind == QUARRY_FRAME_KEPT { surveys.keptPages &+= Int(frame.pages) }
      page &+= frame.kind == 0 ? 1 : max(1, Int(frame.pages))
    }
    for heap in 1..<(HeapRegistry.shared.count &+ 1) {
      for number in SizeClass.all {
        surveys.classes[number].away &+= HeapRegistry.heap(heap).awayCount(SizeClass(number))
      }
    }
    return surveys
  }
}

/// The figures of the whole heap: bytes, and numbers where that is said.
public struct Survey {
  /// Of the zone, as far as it is open.
  public var opened = 0
  /// In free pages, those that heaps keep included; how many of them may be resident; the number of free blocks.
  public var freePages = 0
  public var freeTouched = 0
  public var freeBlocks = 0
  /// In the pages of slabs.
  public var slabPages = 0
  /// In objects: of the program, free in the slabs, and free in lists or on their way between threads.
  public var liveObjects = 0
  public var homeObjects = 0
  public var awayObjects = 0
  /// The numbers of the free ones.
  public var awayCount = 0
  public var homeCount = 0
  /// In blocks with mappings of their own, and the number of these.
  public var mapped = 0
  public var mappedCount = 0
  /// The number of heaps, those of ended threads included.
  public var heaps = 0
  /// How often the zone's lock was taken, and how often that had to wait.
  public var lockCount = 0
  public var lockWaits = 0

  /// Bytes in whole-page blocks of the zone; page 0 is nobody's.
  public var runs: Int { max(0, opened &- freePages &- slabPages &- (opened > 0 ? Page.size : 0)) }
  public var live: Int { liveObjects &+ runs }

  /// Surveys everything, if the heap is up.
  public static func take() -> Survey {
    var survey = Survey()
    if !Boot.isUp { return survey }
    let classes = ClassSurveys.take()
    for number in SizeClass.all {
      let sizeClass = SizeClass(number)
      let one = classes[sizeClass]
      survey.slabPages &+= one.pages &<< Page.shift
      survey.liveObjects &+= one.live &* sizeClass.objectSize
      survey.homeObjects &+= one.home &* sizeClass.objectSize
      survey.awayObjects &+= one.away &* sizeClass.objectSize
      survey.homeCount &+= one.home
      survey.awayCount &+= one.away
    }
    let zone = Zone.shared.statistics
    survey.opened = zone.openedPages &<< Page.shift
    survey.freePages = (zone.freePages &+ classes.keptPages) &<< Page.shift
    survey.freeTouched = (zone.touchedFreePages &+ classes.keptPages) &<< Page.shift
    survey.freeBlocks = zone.freeBlocks
    survey.lockCount = zone.lockCount
    survey.lockWaits = zone.lockWaits
    survey.mapped = VirtualAreas.shared.bytes
    survey.mappedCount = VirtualAreas.shared.count
    survey.heaps = Int(HeapRegistry.shared.count)
    return survey
  }
}
