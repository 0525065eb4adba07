// The commands that print a heap in the formats of the kernel's own files, so that programs which read those can be used.

import ArgumentParser
import Inspection

struct SlabInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slabinfo", abstract: "Show a program's slab caches, as /proc/slabinfo does the kernel's.")
  @OptionGroup var options: TargetOptions

  func run() throws {
    let snapshot = try options.reader().snapshot()
    let report = SlabInfo(snapshot)
    try options.show(report, text: report.text)
    options.note(snapshot.bounds)
  }
}

struct BuddyInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "buddyinfo", abstract: "Show a program's free blocks by order, as /proc/buddyinfo does the kernel's.")
  @OptionGroup var options: TargetOptions

  func run() throws {
    let snapshot = try options.reader().snapshot()
    let report = BuddyInfo(snapshot)
    try options.show(report, text: report.text)
    options.note(snapshot.bounds)
  }
}

struct PageTypeInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pagetypeinfo", abstract: "Show free blocks by type and order, as /proc/pagetypeinfo does.")
  @OptionGroup var options: TargetOptions

  func run() throws {
    let snapshot = try options.reader().snapshot()
    let report = PageTypeInfo(snapshot)
    try options.show(report, text: report.text)
    options.note(snapshot.bounds)
  }
}

struct ZoneInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoneinfo", abstract: "Show a program's zone, as /proc/zoneinfo does the kernel's.")
  @OptionGroup var options: TargetOptions

  func run() throws {
    let snapshot = try options.reader().snapshot()
    let report = ZoneInfo(snapshot)
    try options.show(report, text: report.text)
    options.note(snapshot.bounds)
  }
}

struct MemInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "meminfo", abstract: "Show a program's memory in the form of /proc/meminfo.")
  @OptionGroup var options: TargetOptions

  func run() throws {
    let snapshot = try options.reader().snapshot()
    let report = MemInfo(snapshot)
    try options.show(report, text: report.text)
    options.note(snapshot.bounds)
  }
}
