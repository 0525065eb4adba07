// swift-tools-version: 6.2
import PackageDescription

// The library is Embedded Swift in release builds, so that it needs libc alone and never allocates behind its
// own back; in debug builds the same sources are ordinary Swift, which unit tests can import.
let embedded: [SwiftSetting] = [
  .enableExperimentalFeature("Embedded", .when(configuration: .release)),
  .unsafeFlags(
    [
      "-wmo", "-Ounchecked", "-enforce-exclusivity=unchecked", "-Xfrontend", "-no-allocations",
      "-Xfrontend", "-function-sections", "-Xcc", "-ftls-model=initial-exec", "-Xcc", "-momit-leaf-frame-pointer",
    ],
    .when(configuration: .release)),
  .treatAllWarnings(as: .error),
]

let ordinary: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// Public names of the library and the functions behind them. The linker gives the second name, so that calls take
/// no further jump, and only in release builds: a test runner must not be interposed by a debug build.
let publicNames: [(name: String, function: String)] =
  [
    "malloc", "calloc", "realloc", "free", "reallocarray", "aligned_alloc", "posix_memalign", "memalign", "valloc",
    "pvalloc", "malloc_usable_size", "free_sized", "free_aligned_sized", "malloc_trim", "mallinfo",
    "mallinfo2", "malloc_stats", "malloc_info", "mallopt", "dlopen",
  ].map { ($0, "quarry_\($0)") }
  + [("cfree", "quarry_free")]
  // operator new and new[]: plain, nothrow, aligned, aligned nothrow.
  + ["_Znwm", "_Znam"].flatMap { name in
    [
      (name, "quarry_new"), (name + "RKSt9nothrow_t", "quarry_new_nothrow"),
      (name + "St11align_val_t", "quarry_new_aligned"),
      (name + "St11align_val_tRKSt9nothrow_t", "quarry_new_aligned_nothrow"),
    ]
  }
  // operator delete and delete[]: plain, sized, aligned, and their combinations with nothrow.
  + ["_ZdlPv", "_ZdaPv"].flatMap { name in
    ["", "m", "St11align_val_t", "mSt11align_val_t", "RKSt9nothrow_t", "St11align_val_tRKSt9nothrow_t"].map {
      (name + $0, "quarry_free")
    }
  }

/// Debug information stays out: it would tell debuggers that malloc returns a Swift structure, which their own calls of
/// malloc cannot use, and old Valgrinds cannot read it.
let exports: [LinkerSetting] = [
  .unsafeFlags(
    ([
      "--version-script=CShim/exports.map", "-z", "nodelete", "-z", "now", "-z", "initfirst", "--gc-sections",
      "--strip-debug",
      "--icf=safe", "--symbol-ordering-file=CShim/symbol.order", "--no-warn-symbol-ordering",
      "--script=CShim/layout.ld",
    ]
      + publicNames.map { "--defsym=\($0.name)=\($0.function)" })
      .flatMap { ["-Xlinker", $0] } + ["-use-ld=lld"],
    .when(configuration: .release))
]

/// Without knowledge of malloc and free, so that no allocation of a workload is optimised away.
let workloadFlags = ["-O2", "-fno-builtin", "-Wall", "-Wextra", "-Werror"]
let workload: [CSetting] = [.unsafeFlags(workloadFlags)]

/// Without the Swift library, which would bring the C++ library along: megabytes in what is measured.
let plainLinking: LinkerSetting = .unsafeFlags(["-enable-experimental-feature", "Embedded", "-wmo"])

/// The command starts anew for each look at a process, and linking Swift's libraries then was most of what a look cost. The
/// compiler names the libraries that it imports; these are what they need. lld says nothing of what they do not use.
let staticRuntime: LinkerSetting = .unsafeFlags(
  ["-static-stdlib", "-l_FoundationCShims", "-l_FoundationCollections", "-use-ld=lld"],
  .when(configuration: .release))

let package = Package(
  name: "quarry",
  products: [
    .library(name: "quarry", type: .dynamic, targets: ["Quarry"]),
    .library(name: "QuarryKernel", targets: ["QuarryKernel"]),
    .executable(name: "quarry-tool", targets: ["QuarryTool"]),
    .library(name: "quarry-trace", type: .dynamic, targets: ["TraceRecorder"]),
    .executable(name: "quarry-replay", targets: ["QuarryReplay"]),
    .executable(name: "quarry-start", targets: ["QuarryStart"]),
    .executable(name: "quarry-bench", targets: ["QuarryBench"]),
    .executable(name: "quarry-launch", targets: ["QuarryLaunch"]),
    .executable(name: "quarry-workloads", targets: ["QuarryWorkloads"]),
    .executable(name: "quarry-workloads-cxx", targets: ["QuarryWorkloadsCxx"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
  ],
  targets: [
    .target(
      name: "CShim", path: "CShim",
      cSettings: [
        .unsafeFlags([
          "-O2", "-momit-leaf-frame-pointer", "-ftls-model=initial-exec", "-fno-builtin", "-fno-plt",
          "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections", "-Wall", "-Wextra", "-Werror",
        ])
      ]),
    .target(name: "Units", dependencies: ["CShim"], swiftSettings: embedded),
    .target(name: "Platform", dependencies: ["Units"], swiftSettings: embedded),
    .target(name: "Pages", dependencies: ["Platform"], swiftSettings: embedded),
    .target(name: "Slabs", dependencies: ["Pages"], swiftSettings: embedded),
    .target(name: "Sampling", dependencies: ["Slabs"], swiftSettings: embedded),
    .target(name: "Requests", dependencies: ["Sampling"], swiftSettings: embedded),
    .target(name: "Kernel", dependencies: ["Requests"], swiftSettings: embedded),
    .target(name: "Quarry", dependencies: ["Kernel"], swiftSettings: embedded, linkerSettings: exports),

    // For Swift programs that use the kernel interface. They link with the installed library.
    .systemLibrary(name: "CQuarry", path: "Sources/CQuarry"),
    .target(name: "QuarryKernel", dependencies: ["CQuarry"], swiftSettings: ordinary),

    // Ordinary Swift cannot import the library's layers, which are Embedded; it shares the records' layout with them.
    .target(name: "CInspection", path: "Sources/Inspection/Shim", cSettings: workload),
    .target(
      name: "Inspection",
      dependencies: ["CInspection", "Measuring", .product(name: "SystemPackage", package: "swift-system")],
      exclude: ["Shim"], swiftSettings: ordinary, linkerSettings: [.linkedLibrary("stdc++")]),
    .target(name: "Measuring", swiftSettings: ordinary),
    .target(name: "Reports", dependencies: ["Inspection", "Measuring"], swiftSettings: ordinary),
    .executableTarget(
      name: "QuarryTool",
      dependencies: [
        "Inspection", "CInspection", "Measuring", "Reports", "Trace",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["Start"], swiftSettings: ordinary, linkerSettings: [staticRuntime]),
    .executableTarget(
      name: "QuarryStart", path: "Sources/QuarryTool/Start", cSettings: workload, linkerSettings: [plainLinking]),
    .target(
      name: "TraceFormat", path: "Sources/Trace/Format", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .target(name: "Trace", dependencies: ["TraceFormat"], path: "Sources/Trace/Reading", swiftSettings: ordinary),
    // Preloaded into any program: nothing but libc's.
    .target(
      name: "TraceRecorder", dependencies: ["TraceFormat"], path: "Sources/Trace/Recorder",
      cSettings: [
        .unsafeFlags([
          "-O2", "-ftls-model=initial-exec", "-fno-builtin", "-fexceptions", "-fvisibility=hidden", "-Wall", "-Wextra",
          "-Werror",
        ])
      ], linkerSettings: [plainLinking]),
    .executableTarget(
      name: "QuarryReplay", dependencies: ["TraceFormat"], path: "Sources/Trace/Replay", cSettings: workload,
      linkerSettings: [.linkedLibrary("pthread"), plainLinking]),
    .executableTarget(
      name: "QuarryBench",
      dependencies: [
        "Measuring",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      exclude: ["Inputs", "Launch"], swiftSettings: ordinary),
    .executableTarget(
      name: "QuarryLaunch", path: "Sources/QuarryBench/Launch", cSettings: workload,
      linkerSettings: [plainLinking]),
    .target(name: "WorkloadFrame", path: "Sources/QuarryWorkloads/Frame", cSettings: workload),
    .executableTarget(
      name: "QuarryWorkloads", dependencies: ["WorkloadFrame"], path: "Sources/QuarryWorkloads/C",
      cSettings: workload, linkerSettings: [.linkedLibrary("pthread"), .linkedLibrary("m"), plainLinking]),
    .executableTarget(
      name: "QuarryWorkloadsCxx", dependencies: ["WorkloadFrame"], path: "Sources/QuarryWorkloads/Cxx",
      cxxSettings: [.unsafeFlags(workloadFlags + ["-fsized-deallocation"])],
      linkerSettings: [.linkedLibrary("pthread"), plainLinking]),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: ordinary),
    .testTarget(name: "UnitsTests", dependencies: ["Units", "TestSupport"], swiftSettings: ordinary),
    .testTarget(name: "PagesTests", dependencies: ["Pages", "TestSupport"], swiftSettings: ordinary),
    // Quarry for what the shim calls in it, which has to be there when the bundle is linked.
    .testTarget(
      name: "SlabsTests", dependencies: ["Slabs", "Requests", "Kernel", "Quarry", "TestSupport"],
      swiftSettings: ordinary),
    .testTarget(name: "SamplingTests", dependencies: ["Sampling", "Quarry", "TestSupport"], swiftSettings: ordinary),
    .testTarget(name: "KernelTests", dependencies: ["Kernel", "Quarry", "TestSupport"], swiftSettings: ordinary),
    .testTarget(
      name: "BenchTests", dependencies: ["QuarryBench", "Measuring", "TestSupport"], swiftSettings: ordinary),
    .testTarget(
      name: "TraceTests", dependencies: ["Trace", "TestSupport"], exclude: ["Programs"], swiftSettings: ordinary),
    .testTarget(
      name: "InspectionTests", dependencies: ["Inspection", "CInspection", "TestSupport"], exclude: ["Programs"],
      swiftSettings: ordinary),
    .testTarget(
      name: "ReportTests", dependencies: ["Reports", "Inspection", "Measuring", "TestSupport"],
      swiftSettings: ordinary),
    .testTarget(
      name: "PreloadTests", dependencies: ["TestSupport"], exclude: ["Programs"], swiftSettings: ordinary),
    .testTarget(
      name: "ProgramTests", dependencies: ["TestSupport"], exclude: ["Programs"], swiftSettings: ordinary),
  ],
  cLanguageStandard: .gnu17,
  cxxLanguageStandard: .cxx17
)
