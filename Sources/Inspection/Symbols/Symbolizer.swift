// Symbolizer: the functions at addresses of a process, from the symbols of the files that are mapped there, from their
// debug files, and from what a runtime says of code that it compiled. Files whose build IDs differ from those
// in memory are not used.

import SystemPackage

final class Symbolizer {
  /// What is executed from one file, or from nowhere.
  struct Module {
    var mapping: Mapping
    /// In hexadecimal; empty when it has none.
    var buildID: String
    fileprivate var headers: ELFHeaders?
    fileprivate var symbols: ELFSymbols?
  }

  private let source: any MemorySource
  private let mappings: [Mapping]
  private var modules: [UInt: Module] = [:]
  private lazy var perfMap = source.process.map { PerfMap(process: $0) }

  /// - Parameter mappings: the process's.
  init(_ source: any MemorySource, _ mappings: [Mapping]) {
    self.source = source
    self.mappings = mappings
  }

  /// The mapping that holds an address, and what is known of its file; nil where nothing is mapped.
  func module(at address: UInt) -> Module? {
    guard let mapping = mappings.last(atOrBelow: address, \.range.lowerBound), mapping.range.contains(address) else {
      return nil
    }
    if let known = modules[mapping.range.lowerBound] { return known }
    let module = open(mapping)
    modules[mapping.range.lowerBound] = module
    return module
  }

  /// The name of the function at an address, as the linker or the runtime has it.
  func function(at address: UInt) -> String? {
    guard let module = module(at: address), module.mapping.path.hasPrefix("/") else {
      return perfMap?.name(at: address)
    }
    let offset = UInt64(address - module.mapping.range.lowerBound) &+ module.mapping.offset
    return module.headers?.address(ofOffset: offset).flatMap { module.symbols?.name(at: $0) }
  }

  private func open(_ mapping: Mapping) -> Module {
    var module = Module(mapping: mapping, buildID: "")
    guard mapping.path.hasPrefix("/") else { return module }
    let start = mappings.first { $0.path == mapping.path && $0.offset == 0 }
    let mapped = start.flatMap { ELFHeaders(source, mappedAt: $0.range) }
    module.buildID = Self.hexadecimal(mapped?.buildID ?? [])
    for path in Self.places(of: mapping, process: source.process) {
      guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else { continue }
      defer { try? file.close() }
      let read = Self.reader(file)
      guard let headers = ELFHeaders(read), mapped == nil || headers.buildID == mapped!.buildID else { continue }
      module.headers = headers
      module.buildID = Self.hexadecimal(headers.buildID)
      module.symbols = Self.debugSymbols(headers.buildID) ?? ELFSymbols(read)
      break
    }
    return module
  }

  /// Where the file of a mapping may be found, the surest place first.
  private static func places(of mapping: Mapping, process: Int32?) -> [FilePath] {
    guard let process = process.map({ Threads.withMemory(of: $0) ?? $0 }) else { return [FilePath(mapping.path)] }
    let (start, end) = (String(mapping.range.lowerBound, radix: 16), String(mapping.range.upperBound, radix: 16))
    // The first is the very file, even where it was replaced or removed, but opens for root alone.
    return [FilePath("/proc/\(process)/map_files/\(start)-\(end)"), FilePath("/proc/\(process)/root\(mapping.path)")]
  }

  /// The symbols that a distribution keeps apart from its stripped programs.
  private static func debugSymbols(_ buildID: [UInt8]) -> ELFSymbols? {
    guard let first = buildID.first else { return nil }
    let path = "/usr/lib/debug/.build-id/\(hexadecimal([first]))/\(hexadecimal(buildID.dropFirst())).debug"
    guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec) else { return nil }
    defer { try? file.close() }
    let read = reader(file)
    guard let headers = ELFHeaders(read), headers.buildID == buildID else { return nil }
    return ELFSymbols(read)
  }

  private static func reader(_ file: FileDescriptor) -> ELFHeaders.Reader {
    // No more is asked for than there is, whatever a damaged header says.
    let end = UInt64(clamping: (try? file.seek(offset: 0, from: .end)) ?? 0)
    return { offset, count in
      guard offset <= end, UInt64(count) <= end - offset else { return nil }
      return try? Bytes(file, offset, count, "")
    }
  }

  private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
