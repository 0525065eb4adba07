// The rows of our own programs; `quarry-workloads --list` says what their parameters mean.

/// The rows of the set `own`. Parameters are chosen for half a second to a second of processor time each
/// under glibc.
func ownRows(executables: String) -> [Row] {
  var rows: [Row] = []

  func row(
    _ name: String, _ arguments: String, threads: Int = 1, cxx: Bool = false,
    quick: Bool = false, settles: Bool = false, _ summary: String
  ) {
    let executable = "\(executables)/quarry-workloads\(cxx ? "-cxx" : "")"
    rows.append(
      Row(
        name: name, set: .own, threads: threads, summary: summary,
        command: [executable] + arguments.split(separator: " ").map(String.init), settles: settles,
        isQuick: quick))
  }

  row("factoring", "factoring", quick: true, "bignums, tiny blocks")
  row("minimiser", "minimiser functions=800", quick: true, "logic minimiser, small blocks")
  row("bodies", "bodies", "few large blocks, much computation")
  row(
    "containers", "containers operations=600000", cxx: true, quick: true,
    "C++ maps, strings and shared pointers")
  row("server-1", "server replacements=200000 generations=100", "server simulation")
  row("server-2", "server threads=2 generations=50", threads: 2, quick: true, "the same, two threads")
  row("server-4", "server threads=4 generations=25", threads: 4, "the same, four threads")
  row(
    "sized-server-2", "sized-server threads=2 generations=50", threads: 2, cxx: true,
    "the same with new and sized delete")
  row("handover-1", "handover batches=24000", threads: 2, "all frees remote, 1 + 1 threads")
  row(
    "handover-2", "handover producers=2 consumers=2 batches=24000", threads: 4, quick: true,
    "all frees remote, 2 + 2 threads")
  row(
    "handover-4", "handover producers=4 consumers=4 batches=24000", threads: 8, "all frees remote, 4 + 4 threads")
  row("exchange-2", "exchange", threads: 2, quick: true, "power-law sizes, blocks swapped between threads")
  row("exchange-4", "exchange threads=4 operations=400000", threads: 4, "the same, four threads")
  row("crosstalk-2", "crosstalk loops=250", threads: 2, "sizes to 16 KB, freed by the neighbour")
  row("replace-small", "replace operations=24000000", "sizes to 511 bytes at random places")
  row("replace-small-2", "replace threads=2 operations=12000000", threads: 2, "the same, two threads")
  row(
    "replace-large", "replace slots=500 operations=3200000 most=400000",
    "sizes to 400 KB at random places")
  row("bursts-1", "bursts", quick: true, "many blocks of one size at once")
  row("bursts-2", "bursts threads=2 rounds=1500", threads: 2, "the same, two threads")
  row("active-sharing", "active-sharing", threads: 2, "active false sharing, two threads")
  row("passive-sharing", "passive-sharing", threads: 2, "passive false sharing, two threads")
  row("large-touched", "large blocks=300", "blocks of 1 to 32 MiB, each page touched")
  row("large-filled", "large blocks=120 fill=1", "blocks of 1 to 32 MiB, written")
  row("growth", "growth", quick: true, "arrays and strings that grow by realloc")
  row("short-threads", "short-threads", threads: 10, "threads that allocate a little and end")
  row("zeroed", "zeroed", "calloc and aligned blocks")
  row(
    "phases", "phases goal=40 settle=1800", quick: true, settles: true,
    "nine tenths freed at random, then other sizes")
  row(
    "idle-threads", "idle-threads settle=1800", threads: 1000, settles: true,
    "a thousand threads that mostly wait")
  row("growing-heap", "growing-heap", "480 MiB of small records")
  row("random-free", "random-free", "two million blocks freed in random order")
  return rows
}
