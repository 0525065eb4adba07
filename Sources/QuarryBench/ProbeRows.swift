// The rows that ask one question each: remote frees by few and many threads, idle threads, large blocks, memory after a
// peak, the slowest single call. What Quarry must reach in them stands beside each.

/// The rows of the set `probes`. In a `quick` choice what takes gigabytes is smaller.
func probeRows(executables: String, quick: Bool) -> [Row] {
  var rows: [Row] = []

  func row(
    _ name: String, _ arguments: String, threads: Int = 1, settles: Bool = false, quick: Bool = false,
    bars: [Bar] = [], _ summary: String
  ) {
    rows.append(
      Row(
        name: name, set: .probes, threads: threads, summary: summary,
        command: ["\(executables)/quarry-workloads"] + arguments.split(separator: " ").map(String.init),
        settles: settles, isQuick: quick, bars: bars))
  }

  let toStrongest = Candidate.strongest
  func time(_ most: Double) -> Bar { Bar(figure: Quantity.processor.rawValue, most: most, reference: toStrongest) }
  func wall(_ most: Double) -> Bar { Bar(figure: Quantity.wall.rawValue, most: most, reference: toStrongest) }
  func peak(_ most: Double) -> Bar { Bar(figure: Quantity.peak.rawValue, most: most, reference: toStrongest) }

  // Throughput is what takes 1 / 1.5 of the time.
  for (producers, consumers) in [(1, 1), (1, 4), (4, 1)] {
    row(
      "producers-\(producers)-\(consumers)",
      "handover producers=\(producers) consumers=\(consumers) batches=40000", threads: producers + consumers,
      quick: producers == consumers, bars: [wall(1 / 1.5)], "all frees remote, \(producers) + \(consumers) threads")
  }
  row(
    "lagging-consumer", "handover producers=4 batches=6000 lag=100", threads: 5, bars: [peak(1)],
    "four threads allocate, and one frees more slowly")

  row(
    "waiting-threads", "idle-threads turns=1 least=1024 keep=0 settle=1000", threads: 1000, settles: true,
    bars: [
      Bar(figure: "beyond-stacks", most: 16 + 1000.0 / 8),
      Bar(figure: "beyond-stacks", most: 0.5, reference: toStrongest),
    ],
    "a thousand threads that allocated and freed 1 MiB")

  row(
    "large-turns", "large places=1 blocks=500 least=4096 most=32768", quick: true, bars: [time(1 / 1.3), peak(1)],
    "blocks of 4 to 32 MiB, one at a time")
  row(
    "enlarge", "enlarge to=\(quick ? 128 : 1024)", quick: true, "one block that grows by realloc from 1 MiB to 1 GiB")
  row(
    "hot-loop-block", "refill rounds=200 size=33554432", bars: [Bar(figure: "late-faults", most: 100)],
    "a block of 32 MiB, again and again")
  row(
    "hot-loop-small", "refill rounds=100 size=1024", quick: true, bars: [Bar(figure: "late-faults", most: 100)],
    "32 MiB of small blocks, again and again")

  row("growing-heap-1G", "growing-heap goal=1024", bars: [time(1)], "a gigabyte of small records")
  row("random-free-10M", "random-free blocks=10000000", bars: [time(0.9)], "ten million blocks freed in random order")

  // What may stay free but resident, in MiB: at the last free max(16, half of live), later max(1, a tenth of live).
  let goal = quick ? 64 : 1024
  for (name, random, share) in [("random", 5, 0.05), ("hundredth", 0, 0.01)] {
    let live = Double(goal) * share
    for (kind, threads) in [("waiting", 4), ("working", 1)] {
      row(
        "idle-\(name)-\(kind)", "idle-memory goal=\(goal) threads=\(threads) random=\(random)", threads: threads,
        settles: true, quick: threads == 4,
        bars: [
          Bar(figure: "peak-overhead", most: 3),
          Bar(figure: "unused-at-once", most: max(16, live / 2)),
          Bar(figure: "unused-later", most: max(1, live / 10)),
          Bar(figure: "unused-after-purge", most: max(1, live / 10)),
        ],
        "of \(goal) MiB \(random == 0 ? "every hundredth block" : "a random \(random) %") stays, then "
          + (threads == 1 ? "a call now and then" : "no call"))
    }
  }

  row(
    "latency", "latency", threads: 2, quick: true,
    bars: ["malloc-p99.99", "free-p99.99"].map { Bar(figure: $0, most: 1, reference: Summary.best) },
    "each single call, two threads, mixed sizes")
  return rows
}
