// malloc_trim, mallinfo, malloc_stats, malloc_info and mallopt, as the GNU manual describes them, with real figures.
import CShim
import Kernel
import Pages
import Platform
import Requests
import Slabs
import Units

/// - Returns: 1 when memory went back to the system, else 0.
@c(quarry_malloc_trim)
public func quarryMallocTrim(_ pad: UInt) -> Int32 {
  DirectReclaim.trim(keeping: Int(min(pad, UInt(Int.max)))) ? 1 : 0
}

/// `arena` bytes of the zone, `ordblks` free blocks of pages and free objects in slabs, `smblks` and `fsmblks` objects
/// and bytes that wait in the lists of threads, `hblks` and `hblkhd` blocks with mappings of their own, `uordblks` and
/// `fordblks` bytes in use and free in the zone, `keepcost` bytes free at the zone's end.
@c(quarry_mallinfo2)
public func quarryMallinfo2() -> quarry_mallinfo2 {
  let survey = Survey.take()
  let trailing = survey.opened > 0 ? Zone.shared.statistics.trailingFreePages &<< Page.shift : 0
  return quarry_mallinfo2(
    arena: survey.opened, ordblks: survey.freeBlocks &+ survey.homeCount, smblks: survey.awayCount,
    hblks: survey.mappedCount, hblkhd: survey.mapped, usmblks: 0, fsmblks: survey.awayObjects,
    uordblks: survey.live, fordblks: survey.opened &- survey.live, keepcost: trailing)
}

/// The same in ints, which wrap as they do in the GNU C library.
@c(quarry_mallinfo)
public func quarryMallinfo() -> quarry_mallinfo {
  let wide = quarryMallinfo2()
  func int(_ value: Int) -> Int32 { Int32(truncatingIfNeeded: value) }
  return quarry_mallinfo(
    arena: int(wide.arena), ordblks: int(wide.ordblks), smblks: int(wide.smblks), hblks: int(wide.hblks),
    hblkhd: int(wide.hblkhd), usmblks: int(wide.usmblks), fsmblks: int(wide.fsmblks),
    uordblks: int(wide.uordblks), fordblks: int(wide.fordblks), keepcost: int(wide.keepcost))
}

/// Writes the figures to standard error, one a line.
@c(quarry_malloc_stats)
public func quarryMallocStats() {
  let survey = Survey.take()
  func line(_ name: StaticString, _ bytes: Int) {
    var message = Message(prefix: name)
    message.append(decimal: UInt64(bytes))
    message.write()
  }
  line("quarry: heaps                    = ", survey.heaps)
  line("quarry: system bytes             = ", survey.opened &+ survey.mapped)
  line("quarry: in use bytes             = ", survey.live &+ survey.mapped)
  line("quarry:   objects                = ", survey.liveObjects)
  line("quarry:   runs of pages          = ", survey.runs)
  line("quarry:   mapped blocks          = ", survey.mapped)
  line("quarry: free in slabs            = ", survey.homeObjects)
  line("quarry: free in lists of threads = ", survey.awayObjects)
  line("quarry: free pages               = ", survey.freePages)
  line("quarry:   of these resident      = ", survey.freeTouched)
  line("quarry: zone lock acquisitions   = ", survey.lockCount)
  line("quarry:   of these had to wait   = ", survey.lockWaits)
}

/// Writes an XML document in the GNU C library's terms. The sizes are the classes that have slabs.
/// - Returns: 0, or -1 with EINVAL when `options` is not 0.
@c(quarry_malloc_info)
public func quarryMallocInfo(_ options: Int32, _ stream: UnsafeMutableRawPointer) -> Int32 {
  if options != 0 {
    quarry_set_errno(EINVAL)
    return -1
  }
  InfoDocument(stream).write()
  return 0
}

/// - Returns: 1 for M_TRIM_THRESHOLD (-1), which sets how much free memory stays resident while the program works; 0
///   for every other parameter, none of which has a meaning here.
@c(quarry_mallopt)
public func quarryMallopt(_ parameter: Int32, _ value: Int32) -> Int32 {
  if parameter != -1 || value < -1 { return 0 }
  Request.setTrimThreshold(value == -1 ? nil : Int(value))
  return 1
}

/// The version of the library.
@c(quarry_version)
public func quarryVersion() -> UnsafePointer<CChar> {
  let version: StaticString = "0.1"
  return UnsafeRawPointer(version.utf8Start).assumingMemoryBound(to: CChar.self)
}
