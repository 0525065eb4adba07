// Example: a tree whose nodes come from a slab cache of their own type, in Swift. Each node is owned, and freed where its
// owner ends.
import QuarryKernel

struct Node {
  var key: Int
  var name: String
}

func run() -> Bool {
  guard let nodes = SlabCache<Node>("nodes", flags: [.noMerge, .storeUser]) else { return false }
  // An owned value: its memory, and what it refers to, go where the scope ends.
  guard let first = nodes.make(Node(key: 1, name: "the first of all the nodes")) else { return false }
  first.value.key += 41
  print(first.value.key, first.value.name)

  // Memory that is managed by hand.
  var pointers: [UnsafeMutablePointer<Node>] = []
  for key in 0..<1000 {
    guard let memory = nodes.allocate() else { return false }
    memory.initialize(to: Node(key: key, name: "node \(key)"))
    pointers.append(memory)
  }
  print(pointers.reduce(0) { $0 + $1.pointee.key })
  for memory in pointers {
    memory.deinitialize(count: 1)
    nodes.free(memory)
  }

  // Many at once.
  var places = [UnsafeMutableRawPointer?](repeating: nil, count: 64)
  let filled = places.withUnsafeMutableBufferPointer { nodes.allocate(into: $0, [.kernel, .zero]) }
  print(filled, Set(places).count)
  places.withUnsafeMutableBufferPointer { nodes.free(all: $0) }
  return filled
}

// The cache ended with `run`: had a node been live, the line would be here.
print(run() ? "done" : "no memory")
