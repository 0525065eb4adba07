// Z3 on three fixed problems: bit vectors, arrays, and integers with a deadline.

import Foundation

func solverRow(_ inputs: Inputs) throws -> Row {
  let solver = try inputs.tool("z3")
  let problem = try inputs.made("problem.smt2") { path in
    let text = [isPrime(20_132_683, bits: 13), swaps(indices: 11), schedule(jobs: 12, machines: 8)].joined()
    try text.write(toFile: path, atomically: true, encoding: .utf8)
  }
  return Row(
    name: "z3", set: .programs, summary: "bit vectors, arrays and a schedule",
    command: [solver, "sat.random_seed=1", "smt.random_seed=1", problem])
}

/// No product of two bit vectors equals a prime number.
private func isPrime(_ number: Int, bits: Int) -> String {
  """
  (push)
  (declare-const a (_ BitVec \(bits)))
  (declare-const b (_ BitVec \(bits)))
  (define-fun wide ((x (_ BitVec \(bits)))) (_ BitVec \(2 * bits)) ((_ zero_extend \(bits)) x))
  (assert (bvult (_ bv1 \(bits)) a))
  (assert (bvule a b))
  (assert (= (bvmul (wide a) (wide b)) (_ bv\(number) \(2 * bits))))
  (check-sat)
  (pop)

  """
}

/// Swapping elements of an array gives the same whichever of the two is named first.
private func swaps(indices: Int) -> String {
  var random = FixedRandom(seed: 2)
  let pairs = (0..<indices).map { _ in (random.below(indices), random.below(indices)) }

  func swapped(_ pairs: [(Int, Int)]) -> String {
    pairs.reduce("start") { array, pair in
      "(let ((x \(array))) (store (store x i\(pair.0) (select x i\(pair.1))) i\(pair.1) (select x i\(pair.0))))"
    }
  }

  let names = (0..<indices).map { "(declare-const i\($0) Index)" }.joined(separator: "\n")
  return """
    (push)
    (declare-sort Index 0)
    (declare-sort Element 0)
    (declare-const start (Array Index Element))
    \(names)
    (assert (not (= \(swapped(pairs)) \(swapped(pairs.map { ($0.1, $0.0) })))))
    (check-sat)
    (pop)

    """
}

/// Jobs that visit all machines, each in its own order, before a deadline that is hardly possible.
private func schedule(jobs: Int, machines: Int) -> String {
  var random = FixedRandom(seed: 3)
  let lengths = (0..<jobs).map { _ in (0..<machines).map { _ in 1 + random.below(19) } }
  let orders = (0..<jobs).map { _ in random.shuffled(machines) }
  let longestJob = lengths.map { $0.reduce(0, +) }.max() ?? 0
  let longestMachine = (0..<machines).map { machine in lengths.map { $0[machine] }.reduce(0, +) }.max() ?? 0
  let deadline = max(longestJob, longestMachine) + 2

  var lines = ["(push)", "(declare-fun start (Int Int) Int)"]
  for job in 0..<jobs {
    lines.append("(assert (>= (start \(job) \(orders[job][0])) 0))")
    for (earlier, later) in zip(orders[job], orders[job].dropFirst()) {
      lines.append(
        "(assert (>= (start \(job) \(later)) (+ (start \(job) \(earlier)) \(lengths[job][earlier]))))")
    }
    let last = orders[job][machines - 1]
    lines.append("(assert (<= (+ (start \(job) \(last)) \(lengths[job][last])) \(deadline)))")
  }
  for machine in 0..<machines {
    for first in 0..<jobs {
      for second in 0..<first {
        let ends = [first, second].map { "(+ (start \($0) \(machine)) \(lengths[$0][machine]))" }
        lines.append(
          "(assert (or (>= (start \(first) \(machine)) \(ends[1])) (>= (start \(second) \(machine)) \(ends[0]))))")
      }
    }
  }
  return (lines + ["(check-sat)", "(pop)", ""]).joined(separator: "\n")
}
