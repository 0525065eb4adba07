// Generic Swift code that its compiler has to work for: protocols, specialisation, closures, pattern matching.

protocol Shape: Hashable, CustomStringConvertible {
  associatedtype Side: BinaryFloatingPoint
  var sides: [Side] { get }
  func scaled(by factor: Side) -> Self
}

extension Shape {
  var size: Side { sides.reduce(0, +) }
  var description: String { "\(Self.self) with \(sides.count) sides of \(size)" }
}

struct Polygon<Side: BinaryFloatingPoint>: Shape {
  var sides: [Side]
  func scaled(by factor: Side) -> Polygon { Polygon(sides: sides.map { $0 * factor }) }
}

struct Square<Side: BinaryFloatingPoint>: Shape {
  var side: Side
  var sides: [Side] { [side, side, side, side] }
  func scaled(by factor: Side) -> Square { Square(side: side * factor) }
}

indirect enum Expression<Number: SignedNumeric & Comparable & Hashable>: Hashable {
  case constant(Number)
  case variable(String)
  case sum(Expression, Expression)
  case product(Expression, Expression)
  case negated(Expression)

  var simplified: Expression {
    switch self {
    case .constant, .variable: self
    case .negated(.negated(let inner)): inner.simplified
    case .negated(.constant(let value)): .constant(-value)
    case .negated(let inner): .negated(inner.simplified)
    case .sum(let left, let right):
      switch (left.simplified, right.simplified) {
      case (.constant(let first), .constant(let second)): .constant(first + second)
      case (.constant(0), let other), (let other, .constant(0)): other
      case (let first, let second) where first == second: .product(.constant(2), first)
      case (let first, let second): .sum(first, second)
      }
    case .product(let left, let right):
      switch (left.simplified, right.simplified) {
      case (.constant(let first), .constant(let second)): .constant(first * second)
      case (.constant(0), _), (_, .constant(0)): .constant(0)
      case (.constant(1), let other), (let other, .constant(1)): other
      case (let first, let second): .product(first, second)
      }
    }
  }

  func value(in environment: [String: Number]) -> Number? {
    switch self {
    case .constant(let number): number
    case .variable(let name): environment[name]
    case .sum(let left, let right):
      left.value(in: environment).flatMap { first in right.value(in: environment).map { first + $0 } }
    case .product(let left, let right):
      left.value(in: environment).flatMap { first in right.value(in: environment).map { first * $0 } }
    case .negated(let inner): inner.value(in: environment).map { -$0 }
    }
  }
}

func album() -> [String] {
  let polygons = (3..<12).map { count in Polygon(sides: (0..<count).map { Double($0 * count) / 2 }) }
  let small = (3..<12).map { count in Polygon(sides: (0..<count).map { Float($0 * count) / 3 }) }
  let squares = (1..<9).map { Square(side: Double($0)) }
  let everything: [any Shape] = polygons + small + squares
  return Set(polygons).map(\.description).sorted()
    + Dictionary(grouping: squares, by: { $0.size.rounded() }).map { "\($0): \($1.count)" }.sorted()
    + everything.map { "\($0)" }
    + zip(polygons, squares).map { "\($0.scaled(by: 2).size + $1.scaled(by: 3).size)" }
}

func expressions() -> Int {
  var all: Set<Expression<Int>> = []
  for number in 0..<40 {
    let name = Expression<Int>.variable("x\(number % 7)")
    all.insert(.sum(.product(.constant(number % 3), name), .negated(.negated(.constant(number)))))
  }
  let environment = Dictionary(uniqueKeysWithValues: (0..<7).map { ("x\($0)", $0 * $0) })
  return all.map(\.simplified).compactMap { $0.value(in: environment) }.reduce(0, &+)
}

print(album().joined(separator: "\n"), expressions())
