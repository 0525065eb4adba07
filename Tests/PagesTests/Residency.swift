import Glibc
import Units

/// Pages of [address, address + pages) that are in memory, asked of the system.
func residentPages(_ address: UInt, _ pages: Int) -> Int {
  var states = Array(repeating: UInt8(0), count: pages)
  let status = mincore(UnsafeMutableRawPointer(bitPattern: address), pages << Page.shift, &states)
  precondition(status == 0, "mincore")
  return states.count { $0 & 1 != 0 }
}

func isMapped(_ address: UInt) -> Bool {
  var state: UInt8 = 0
  return mincore(UnsafeMutableRawPointer(bitPattern: address), Page.size, &state) == 0
}
