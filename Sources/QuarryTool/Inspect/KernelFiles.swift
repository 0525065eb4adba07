// The commands that print a heap in the formats of the kernel's own files, so that programs which read those can be used.

import ArgumentParser
import Inspection

/// A report in the format of one of the kernel's files, made of one snapshot.
private protocol KernelFile: Encodable {
  init(_ snapshot: Snapshot)
  var text: String { get }
}

extension SlabInfo: KernelFile {}
extension BuddyInfo: KernelFile {}
extension PageTypeInfo: KernelFile {}
extension ZoneInfo: KernelFile {}
extension MemInfo: KernelFile {}

extension TargetOptions {
  /// Prints the report that a kernel's file would hold.
  fileprivate func show<File: KernelFile>(_: File.Type) throws {
    let snapshot = try reader().snapshot()
    let file = File(snapshot)
    try show(file, text: file.text)
    note(snapshot.bounds)
  }
}

struct SlabInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slabinfo", abstract: "Show a program's slab caches, as /proc/slabinfo does the kernel's.")
  @OptionGroup var options: TargetOptions

  func run() throws { try options.show(SlabInfo.self) }
}

struct BuddyInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "buddyinfo", abstract: "Show a program's free blocks by order, as /proc/buddyinfo does the kernel's.")
  @OptionGroup var options: TargetOptions

  func run() throws { try options.show(BuddyInfo.self) }
}

struct PageTypeInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pagetypeinfo", abstract: "Show free blocks by type and order, as /proc/pagetypeinfo does.")
  @OptionGroup var options: TargetOptions

  func run() throws { try options.show(PageTypeInfo.self) }
}

struct ZoneInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoneinfo", abstract: "Show a program's zone, as /proc/zoneinfo does the kernel's.")
  @OptionGroup var options: TargetOptions

  func run() throws { try options.show(ZoneInfo.self) }
}

struct MemInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "meminfo", abstract: "Show a program's memory in the form of /proc/meminfo.")
  @OptionGroup var options: TargetOptions

  func run() throws { try options.show(MemInfo.self) }
}
