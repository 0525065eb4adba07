// ELFSymbols: the functions of a program or library, by address. Every place in the file is checked, so that a damaged one
// has fewer names, or none.

import SystemPackage

struct ELFSymbols {
  private struct Symbol {
    var start: UInt64
    /// 0 where the file does not say; then it reaches to the next one.
    var bytes: UInt64
    var name: Int
    /// Of symbols at one address, the one with the highest rank is its name.
    var rank: Int
  }

  private var symbols: [Symbol] = []
  private var names = Bytes([])

  /// Most bytes that are read of one file's symbols or names.
  private static let mostBytes: UInt64 = 1 << 30

  /// - Parameter read: reads pieces of the file.
  init(_ read: ELFHeaders.Reader) {
    guard let header = read(0, 64) else { return }
    let (stride, count) = (Int(header.load(58, as: UInt16.self)), Int(header.load(60, as: UInt16.self)))
    guard stride >= 64, let sections = read(header.load(40, as: UInt64.self), stride * count) else { return }
    func section(_ number: Int) -> Bytes? {
      let size = sections.load(number * stride + 32, as: UInt64.self)
      guard size <= Self.mostBytes else { return nil }
      return read(sections.load(number * stride + 24, as: UInt64.self), Int(size))
    }
    // The full table, and where it was stripped, the dynamic linker's.
    for wanted in [2, 11] as [UInt32] {
      for number in 0..<count where sections.load(number * stride + 4, as: UInt32.self) == wanted {
        let link = Int(sections.load(number * stride + 40, as: UInt32.self))
        guard link < count, let table = section(number), let names = section(link) else { continue }
        self.names = names
        add(table)
        if !symbols.isEmpty { return }
      }
    }
  }

  private mutating func add(_ table: Bytes) {
    for place in stride(from: 0, to: table.count - 23, by: 24) {
      let (info, value) = (table.load(place + 4, as: UInt8.self), table.load(place + 8, as: UInt64.self))
      // STT_FUNC and STT_GNU_IFUNC that are defined here.
      guard [2, 10].contains(info & 15), value != 0, table.load(place + 6, as: UInt16.self) != 0 else { continue }
      let bytes = table.load(place + 16, as: UInt64.self)
      let name = Int(table.load(place, as: UInt32.self))
      let isHidden = names[name..<(name + 1)].first == UInt8(ascii: "_")
      // Global before local, plain before underscored.
      let rank = (info >> 4 == 0 ? 0 : 4) + (bytes > 0 ? 2 : 0) + (isHidden ? 0 : 1)
      symbols.append(Symbol(start: value, bytes: bytes, name: name, rank: rank))
    }
    symbols.sort { ($0.start, $0.rank) < ($1.start, $1.rank) }
  }

  /// The name of the function at an address, as the linker has it.
  /// - Complexity: O(log n) in the number of functions.
  func name(at address: UInt64) -> String? {
    guard let symbol = symbols.last(atOrBelow: address, \.start) else { return nil }
    guard symbol.bytes == 0 || address - symbol.start < symbol.bytes else { return nil }
    // The linker may have added a version: `__libc_start_main@GLIBC_2.34`.
    let name = names.text(symbol.name).prefix { $0 != "@" }
    return name.isEmpty ? nil : String(name)
  }
}
