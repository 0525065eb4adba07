// AllProcesses: every process of the machine that runs on Quarry and may be read.

import Glibc
import SystemPackage

public enum AllProcesses {
  /// Does something with each, one after the other, so that however many there are, few files are open at a time. Those that
  /// end meanwhile, run on something else, or may not be read are left out.
  public static func forEach(_ body: (LiveProcess, HeapReader) throws -> Void) {
    for number in Folder.numbers("/proc") where number != getpid() {
      guard let process = try? LiveProcess(number), let reader = try? HeapReader(process) else { continue }
      try? body(process, reader)
    }
  }
}

enum Folder {
  /// The entries of a folder whose names are numbers, ascending; none where it cannot be read.
  static func numbers(_ path: FilePath) -> [Int32] {
    guard let folder = opendir(path.string) else { return [] }
    defer { closedir(folder) }
    var numbers: [Int32] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let number = Int32(name) { numbers.append(number) }
    }
    return numbers.sorted()
  }
}
