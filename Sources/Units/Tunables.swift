// Every number that could have been another one, with its unit and its reason.
import CShim

public enum Tunables {
  /// Largest request that a size class serves, in bytes. Above it whole pages waste at most 1/8.
  public static let largestObject = Int(QUARRY_OBJECT_LIMIT)

  /// Largest block that the zone serves, in bytes; larger ones get mappings of their own, which go back to the system
  /// at once and grow by moving page tables.
  public static let largestRun = 32 << 20

  /// Bytes in a thread's list of one class, at most.
  public static let listBytes = 64 * 1024

  /// Objects in a list, however small they are.
  public static let listObjects = Int(QUARRY_LIST_OBJECTS)

  /// Bytes in a list at least: some room even where a class has few objects.
  public static let leastListBytes = 2 * 1024

  /// How often that is doubled, at most (8 KiB), where the program frees all that it has of a class and asks for it again: once
  /// each time that the list could not hold it, and the class is left with so many pages at most, or twice as many the second
  /// time. With lists of 16 KiB servers with four threads need an eighth more memory.
  public static let mostSwing: UInt8 = 2
  public static let swingPages = 2

  /// A list may hold one of this many of the bytes in the slabs of its class: what lists hold stays in proportion.
  public static let listShare = 4

  /// Bytes in a list of objects that may stray, at most, and the part of its class, as long as threads are few. Programs have
  /// few of them of one class: lists of a quarter would be empty or full at every other request. Of a class that has many, all
  /// but `largeListRest` bytes may be in a list, as when a thread passes on all that it has. There is no bound over all
  /// classes: what lists hold of a thread that waits, nobody else can take home.
  public static let largeListBytes = 1024 * 1024
  public static let largeListRest = 128 * 1024
  public static let largeListShare = 2

  /// Running threads from which on each may hold half as much, and again at every fourfold: nobody else can empty an idle
  /// thread's lists.
  public static let manyThreads = 8

  /// How often what a thread may hold is halved.
  /// - Parameter threads: that run.
  @inline(__always) public static func crowding(threads: Int) -> Int {
    var halvings = 0
    var many = manyThreads
    while threads > many {
      halvings &+= 1
      many &*= 4
    }
    return halvings
  }

  /// Idle heaps that keep their lists for the next thread.
  public static let warmHeaps = 4

  /// Pages that such a heap may have (1 MiB), in slabs and kept for them.
  public static let warmPages: UInt32 = 256

  /// Bytes and objects in a sheaf. A full one is posted by one compare-and-swap.
  public static let sheafBytes = Int(QUARRY_SHEAF_BYTES)
  public static let sheafObjects = 128

  /// Bytes from which on an object of another thread's slab stays on the list of the thread that freed it: it shares next to
  /// no cache line with its neighbours. Where smaller ones do, servers need a tenth more memory.
  public static let leastStrayBytes = 1025

  /// Bytes of one class that may wait in an inbox before the owner is asked to take them home at its next slow path.
  public static let inboxBytes = 128 * 1024

  /// Milliseconds after which the sender does it, because the owner seems to wait. Less, and threads that only wait for a
  /// processor count as such.
  public static let inboxMilliseconds: UInt32 = 16

  /// Bytes of all classes together at which the sender does it at once: a barrier on all threads costs microseconds.
  public static let claimBytes = Int(QUARRY_CLAIM_BYTES)

  /// Bytes of all classes together at which the sender takes them home at once where objects lie so scattered that each keeps
  /// a page, and the owner passed no slow path since as many were posted before. Where they lie together, or the owner is at
  /// work, it costs more than it brings.
  public static let scatteredBytes = 64 * 1024

  /// Refills and flushes of a heap between two postings of its half-full sheaves.
  public static let sheafPostInterval: UInt64 = 64

  /// Refills and flushes of a heap between two looks of the reaper at one list of all. Where objects are large, each is one.
  public static let reapInterval: UInt64 = 4

  /// Refills and flushes of a heap between two times that it gives back the kept pages that it did not need: more than a
  /// burst of a thousand objects takes, so that the pages of one are there for the next.
  public static let agingInterval: UInt64 = 512

  /// Part of a slab that its tail may waste: 1/16.
  public static let tailShift = 4

  /// Slabs that waste so little must fit so many times into the pages that their class has already. Before, one is as short as
  /// one object allows: threads that have an object or two of many sizes need a tenth less memory.
  public static let tailShare = 4

  /// A new slab may have one of this many of the pages that its class has already: small programs stay small.
  public static let slabShare = 16

  /// Classes beyond its own from whose slabs a request may be served, rather than from new pages: at most a quarter larger,
  /// above 128 bytes.
  public static let lenders = 2

  /// Pages that a class has by then: for a few objects of a size, looking around costs more than pages.
  public static let borrowersPages = 16

  /// Objects in a row that a class gets so before it takes pages of its own.
  public static let mostLoans: Int32 = 64

  /// Part of the zone that may be free but resident while it gets them: where more is, new slabs cost no memory.
  public static let lendingShare: UInt = 32

  /// Samples for which unwind tables are read, each time from the file: few programs have more.
  public static let readingSamples: UInt64 = 32

  /// Later, samples in a row for which none was read before what was read of them leaves memory.
  public static let quietSamples: UInt64 = 4

  /// Most pages, together, of the runs that went back a moment ago and are not merged with their neighbours yet.
  public static let unmergedPages = 1024

  /// Longest block, in pages, that a heap keeps for its next slabs.
  public static let keptPages = Int(QUARRY_KEPT_PAGES)

  /// Pages that a heap may keep for its next slabs, whatever happens, and at most. More than the former stay only while
  /// what went back is asked for again, and no new memory is taken beside them: otherwise they are missed elsewhere.
  public static let keptFloor = 16
  public static let mostKeptPages = 256

  /// Threads each of which may keep the most. More share what so many may: with pages of its own in reach a thread writes
  /// less often where another's page-map entries and frames lie in the same cache line.
  public static let wideKeepers = 2

  /// Pages of the longest slab, where the object's size allows a shorter one. Longer ones gained nothing.
  public static let grownSlabPages = 2

  /// Pages of a slab, at most, that is longer for the sake of a smaller tail; the part of it that its tail may waste then,
  /// 1/64; and how often it must fit into the pages that its class has already. Heaps of many sizes need a fiftieth less
  /// memory, pages of 4 KiB with a header in front, as databases have them, a twentieth.
  public static let tightSlabPages = 8
  public static let tightTailShift = 6
  public static let tightSlabShare = 64

  /// The zone opens at least this many pages at a time (one pageblock), and an eighth of what is open already, to keep
  /// system calls rare; never more than `growthLimitPages` beyond the need, because some environments charge for it.
  public static let growthPages = 512
  public static let growthLimitPages = 16384

  /// Pages that are faulted in at once for slabs, at most, and the part of those in use that they may be.
  public static let populatePages = 16
  public static let populateShare: UInt64 = 32

  /// Pages in use (32 MiB) from which on slabs get huge pages: one that is partly used is a sixteenth then.
  public static let hugeFloorPages: UInt64 = 8192

  /// A huge page that took longer came slowly: its 512 pages would hardly have taken more one by one.
  public static let hugeMicroseconds: Int64 = 1000

  /// Huge pages that are left out after one that came slowly, at first and at most, doubling in between.
  public static let hugeLeastBackoff: UInt32 = 8
  public static let hugeMostBackoff: UInt32 = 512

  /// Runs of so many pages (1 to 4 MiB) are multiples of `runStepPages` (256 KiB): buffers of such lengths come and go, each a
  /// little longer or shorter than the last. Longer ones gained nothing, and shorter ones are too many for it.
  public static let steppedRuns = 257...1024
  public static let runStepPages = 64

  /// Pages of a run (4 MiB) from which on the program's use of it is watched, and the pages at its end that are not faulted in
  /// ahead for that; and how many of these, and of the whole run, are looked at.
  public static let filledRunPages = 1024
  public static let watchedPages = 64
  public static let filledSamples = 8

  /// Free pages that stay resident while the program works: the larger of this floor (16 MiB) and half of the pages
  /// in use. Page faults cost more than anything else here.
  public static let keepFloorPages = 4096

  /// Ranges of free pages that one system call gives back: 1 KiB of the stack. More are no faster.
  public static let purgeBatch = 64

  /// Pages below the wide bound (4 MiB) that are purged as well once it is exceeded, so that not every free purges.
  public static let purgePages = UInt64(keepFloorPages) / 4

  /// Objects that came home to a heap, a page of its slabs, from one count of what those hold free to the next: the count takes
  /// a few nanoseconds a slab.
  public static let slackInterval: UInt32 = 4

  /// Part of the wide bound by which that may grow before it is estimated anew, and holes are looked for; and objects that come
  /// home at least before, since the estimate takes as long as some frees.
  public static let slackShare: UInt64 = 8
  public static let slackLeastObjects: UInt64 = 1024

  /// Pages that a heap counts as having in addition, so that one with few slabs does not count with every free.
  public static let slackLeastPages: UInt32 = 1024

  /// Part of the zone within which the next slab of a class lies where they became partial in the order of addresses. By chance
  /// one in 32 does.
  public static let nearShare = 64

  /// What is taken home later, such as what lists held, lies apart. Frees are in the order of addresses as long as a third of
  /// the slabs that became partial of late lie near the one before: such a slab counts 2, others -1, up to the former in sum;
  /// at the latter they are in some other order for good.
  public static let mostOrder = 8
  public static let leastOrder = -24

  /// Slabs of a class in which a thread at work looks for holes at a time: a fork waits for it.
  public static let slabsLookedAt = 1024

  /// Slabs of a class that it passes on the way to those: each may be a cache miss, all of them some 2 ms.
  public static let slabsPassed = 16 * slabsLookedAt

  /// Slabs of a class that it passes where only those are to be found that became partial since the last time: they come first.
  public static let slabsPassedBetween = 64

  /// Milliseconds between two looks at what is free: what nobody needed from one to the next goes back to the system, down
  /// to the narrow bound. Two looks are over within two seconds of the last free, their work included.
  public static let keepMilliseconds: UInt64 = 600

  /// The narrow bound: the larger of this floor (512 KiB) and a sixteenth of what is in use. With what the estimate of the
  /// latter is off, it is 1 MiB and a tenth.
  public static let idleFloorPages = Int(QUARRY_IDLE_FLOOR_PAGES)
  public static let idleShare = UInt64(QUARRY_IDLE_SHARE)

  /// A block of this many bytes or more that outgrows its place gets a mapping of its own by moving page tables
  /// instead of copying, because what grew once tends to grow again.
  public static let moveBytes = 1 << 20

  /// Blocks with mappings of their own at which further ones are served from the zone where possible: the kernel
  /// bounds the mappings of a process (65,530 by default).
  public static let areaLimit = 16_000

  /// Milliseconds that a fork lets other threads run, so that they end what they are at in their heaps. With more threads
  /// than processors, one that was interrupted may have to wait for some of the system's time slices.
  public static let forkMilliseconds: UInt64 = 1000

  /// Times that a thread lets others run while another one ends the process.
  public static let lastPatience = 10_000

  /// Attempts to take a lock before the thread sleeps. Critical sections are tens of instructions.
  public static let lockSpins = 100

  /// Mean bytes between two samples of the heap profile, unless an option says otherwise. At 512 KiB a program of many
  /// large blocks that did little with them took 2 to 4 % more time; at 1 MiB the difference is below 1 %.
  public static let sampleInterval: UInt64 = 1 << 20

  /// Bytes that a thread asks for between two looks at the clock when nothing is sampled.
  public static let eventBytes = 512 << 10

  /// Bytes that a thread asks for between two looks at the clock while more is free than the narrow bound allows and no
  /// kswapd looks after it: at once where the last part took so many milliseconds, else twice as many as before.
  public static let leastReminder: UInt32 = 1 << 10
  public static let mostReminder: UInt32 = 64 << 10
  public static let reminderMilliseconds: UInt32 = 10

  /// Cycles of reclaim without any success after which a request that may fail gives up, as in the kernel.
  public static let reclaimRetries = 16

  /// Milliseconds between two reports of failed requests: the kernel's ten seconds.
  public static let reportMilliseconds: UInt64 = 10_000

  /// Objects that a shrinker looks at in one call, unless it says otherwise: the kernel's.
  public static let shrinkBatch: UInt = 128

  /// Bytes of each size of the atomic reserve that are touched ahead.
  public static let reserveTouched = 64 << 10

  /// Part of the atomic reserve that is kept for urgent requests (__GFP_HIGH): a quarter.
  public static let reserveKept = 4

  /// Bytes of one class in an inbox beyond which a free in any context does not leave them to the heap's thread.
  public static let crowdedBytes = 1 << 20

  /// Objects that the slab of a named cache has room for, as long as it is no larger than these bytes: the kernel's order 3.
  /// With fewer, objects that go home in bulk empty slab after slab. What no object was taken of is not resident.
  public static let cacheSlabObjects = 32
  public static let cacheSlabBytes = 32 << 10

  /// Full sheaves in the barn of a named cache, and the bytes of their objects, at most. The kernel has ten; with those, a
  /// thread that holds 10,000 objects of 16 bytes and frees them takes 1.2 times malloc's time.
  public static let barnSheaves = 64
  public static let barnBytes = 256 << 10

  /// Milliseconds between two background reclaims: what found nothing a moment ago finds nothing now.
  public static let balanceMilliseconds: UInt64 = 10
}
