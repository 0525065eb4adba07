#!/usr/bin/env bash
# Swift: the package manager and the compiler on the library, then an ordinary Swift program, whose own
# runtime must not meet the one that an Embedded Swift library carries.
source "$(dirname "$0")/support/common.bash"
need swift

mkdir -p "$work/package/Sources/Work" "$work/package/Sources/CMaps/include"
cd "$work/package"
cat >Package.swift <<'END'
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
  name: "Work",
  targets: [.target(name: "CMaps"), .executableTarget(name: "Work", dependencies: ["CMaps"])])
END
cat >Sources/CMaps/include/maps.h <<'END'
const char *origin_of(const char *symbol);
int maps_contain(const char *text);
END
cat >Sources/CMaps/maps.c <<'END'
#define _GNU_SOURCE
#include "maps.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

const char *origin_of(const char *symbol) {
  Dl_info information;
  void *address = dlsym(RTLD_DEFAULT, symbol);
  return address && dladdr(address, &information) ? information.dli_fname : "nowhere";
}

int maps_contain(const char *text) {
  char line[4096];
  int found = 0;
  FILE *file = fopen("/proc/self/maps", "r");
  while (file && fgets(line, sizeof line, file)) found |= strstr(line, text) != NULL;
  if (file) fclose(file);
  return found;
}
END
cat >Sources/Work/main.swift <<'END'
import CMaps
import Dispatch
import Foundation

if let name = ProcessInfo.processInfo.environment["library_name"] {
  guard maps_contain("/" + name) != 0 else { fatalError("the library is not loaded") }
  for symbol in ["swift_retain", "swift_release", "swift_allocObject", "swift_deallocObject", "swift_once"] {
    let origin = String(cString: origin_of(symbol))
    guard origin.hasSuffix("libswiftCore.so") else { fatalError("\(symbol) comes from \(origin)") }
  }
}

final class Node: @unchecked Sendable {
  var children: [Node] = []
  weak var parent: Node?
  let name: String
  init(_ name: String) { self.name = name }
}

func tree(_ depth: Int, _ parent: Node? = nil) -> Node {
  let node = Node("node at depth \(depth), a name that is not kept in line")
  node.parent = parent
  if depth > 0 { node.children = (0..<4).map { _ in tree(depth - 1, node) } }
  return node
}

func count(_ node: Node) -> Int { node.children.reduce(node.name.utf8.count) { $0 + count($1) } }

func churn(_ seed: UInt64) -> Int {
  var state = seed
  var kept: [Int: [UInt8]] = [:]
  var texts: Set<String> = []
  for step in 0..<30000 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    kept[Int(state >> 40) % 2000] = [UInt8](repeating: UInt8(step & 255), count: Int(state >> 33) % 3000)
    texts.insert("text number \(state % 5000) with a tail that needs the heap")
    if step % 7 == 0 { kept[Int(state >> 45) % 2000] = nil }
  }
  return kept.reduce(0) { $0 &+ $1.key &* $1.value.count } &+ texts.count
}

print("tree", count(tree(8)))
let serial = (1...4).map { churn(UInt64($0)) }
print("churn", serial)

final class Results: @unchecked Sendable {
  let lock = NSLock()
  var values: [Int: Int] = [:]
}
let results = Results()
DispatchQueue.concurrentPerform(iterations: 8) { index in
  let value = churn(UInt64(index % 4 + 1))
  results.lock.withLock { results.values[index] = value }
}
print("dispatch", (0..<8).allSatisfy { results.values[$0] == serial[$0 % 4] })

let sum = await withTaskGroup(of: Int.self) { group in
  for index in 0..<2000 {
    group.addTask {
      var list: [String] = []
      for item in 0..<50 { list.append("task \(index) item \(item) with a longer text") }
      await Task.yield()
      return list.count + index
    }
  }
  var sum = 0
  for await value in group { sum += value }
  return sum
}
print("tasks", sum)

struct Item: Codable, Equatable {
  var id: Int
  var name: String
  var list: [Double?]
}
let items = (0..<5000).map { Item(id: $0, name: "name \($0)", list: [Double($0) / 2, nil]) }
let data = try JSONEncoder().encode(items)
print("json", try JSONDecoder().decode([Item].self, from: data) == items)
let text = (0..<20000).map { "word\($0)" }.joined(separator: " ")
print("regex", text.matches(of: /word[0-9]*7\b/).count)
END

"${preload[@]}" swift build -c debug --disable-sandbox --scratch-path "$work/build" \
  --cache-path "$work/cache" --manifest-cache local >"$work/output" 2>&1 &
build=$!
processes+=("$build")
# descendants PID: the numbers of all processes below one.
descendants() {
  local child
  for child in $(pgrep -P "$1"); do
    echo "$child"
    descendants "$child"
  done
}
manager_seen=no compiler_seen=no
while kill -0 "$build" 2>/dev/null; do
  ! has_library "$build" || manager_seen=yes
  for process in $(descendants "$build"); do
    case $(cat "/proc/$process/comm" 2>/dev/null) in
    swift-frontend | swift-driver | clang*) has_library "$process" && compiler_seen=yes ;;
    esac
  done
  sleep 0.05
done
wait "$build" || { cat "$work/output" >&2; fail "swift build"; }
assert_equal "the package manager has the library" yes "$manager_seen"
assert_equal "a compiler with the library was seen" yes "$compiler_seen"
assert_contains "$work/output" 'Build complete|Compiling|Build of'

program=$work/build/debug/Work
env -u library_name "$program" >"$work/expected"
assert_contains "$work/expected" '^dispatch true$' '^tasks 2099000$' '^json true$'
"${preload[@]}" "$program" >"$work/actual"
diff "$work/expected" "$work/actual" >&2 || fail "other output"

# The same optimised, and the optimising compiler.
cd "$work"
echo 'public func sum(_ list: [Int]) -> Int { list.reduce(0, +) }' >Sum.swift
compile=(swiftc -O -c -parse-as-library -module-name Sum -o Sum.o Sum.swift)
"${compile[@]}"
mv Sum.o Expected.o
"${preload[@]}" "${compile[@]}"
cmp Expected.o Sum.o || fail "swiftc makes another object with the library"
