// `scripts/quarry`, the command from a checkout: it builds what is missing or older than its sources, and then is the
// command. The compiler here is one that only notes what it is asked for; InstallTests have a real one's products.

import Foundation
import TestSupport
import Testing

@Suite("The command from a checkout")
struct CheckoutTests {
  /// A checkout without products, and a compiler that makes them, or fails while there is a file `broken`.
  private func checkout() throws -> Command {
    let root = try Scratch.folder()
    for folder in ["scripts", "CShim", "Sources/QuarryTool", "bin"] {
      try FileManager.default.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    try Executables.copy(Library.packageRoot + "/scripts/quarry", to: "\(root)/scripts/quarry")
    for file in ["Package.swift", "Sources/QuarryTool/Tool.swift"] { try Scratch.write("", to: "\(root)/\(file)") }
    let compiler = """
      #!/bin/sh
      products=\(root)/.build/release
      [ ! -e \(root)/broken ] || { echo "error: broken"; exit 1; }
      mkdir -p $products
      echo "$@" >> \(root)/calls
      printf '#!/bin/sh\\necho ran "$@"\\nexit 7\\n' > $products/quarry-tool
      touch $products/libquarry.so $products/quarry-start
      chmod +x $products/quarry-tool $products/quarry-start
      """
    try Executables.write(compiler, to: "\(root)/bin/swift")
    var command = Command("\(root)/scripts/quarry", ["run", "--", "a b"])
    command.directory = root
    command.environment["PATH"] = "\(root)/bin:/usr/bin:/bin"
    return command
  }

  @Test func whatIsMissingOrOldIsBuilt() throws {
    let command = try checkout()
    let root = try #require(command.directory)
    func builds() throws -> Int { try Scratch.read("\(root)/calls").split(separator: "\n").count }
    for _ in 0..<2 {
      let outcome = try command.run()
      #expect(outcome.ending == .exit(7) && outcome.errors.isEmpty, "\(outcome)")
      #expect(outcome.output == "ran run -- a b\n")
      // Its five products, once.
      #expect(try builds() == 5)
    }
    let calls = try Scratch.read("\(root)/calls").split(separator: "\n")
    #expect(calls.allSatisfy { $0.contains(" -c release --product quarry") }, "\(calls)")
    // A source is newer than what was made of it.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: 60)], ofItemAtPath: "\(root)/Sources/QuarryTool/Tool.swift")
    #expect(try command.run().ending == .exit(7) && builds() == 10)
  }

  /// What the compiler says is shown when it fails, and nothing is run.
  @Test func aBuildThatFailsIsShown() throws {
    let command = try checkout()
    try Scratch.write("", to: "\(try #require(command.directory))/broken")
    let outcome = try command.run()
    #expect(outcome.ending == .exit(125) && outcome.output.isEmpty, "\(outcome)")
    #expect(outcome.errorLines == ["error: broken", "quarry: the build failed, see above"], "\(outcome)")
  }
}
