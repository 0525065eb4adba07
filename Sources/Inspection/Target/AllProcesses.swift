// AllProcesses: every process of the machine that runs on Quarry and may be read.

import Glibc
import SystemPackage

public enum AllProcesses {
  /// Makes something of each, one after the other, so that however many there are, few files are open at a time. Those that
  /// end meanwhile, run on something else, or may not be read are left out.
  public static func map<Result>(_ transform: (LiveProcess, HeapReader) throws -> Result) -> [Result] {
    Folder.numbers("/proc").filter { $0 != getpid() }.compactMap { number in
      guard let process = try? LiveProcess(number), let reader = try? HeapReader(process) else { return nil }
      return try? transform(process, reader)
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
