// Databases: one in a process of its own, one that serves clients.

import Foundation

func sqliteRow(_ inputs: Inputs) throws -> Row {
  Row(
    name: "sqlite", set: .programs, summary: "inserts, indices and queries in memory",
    command: [try inputs.tool("sqlite3"), "-batch", ":memory:"],
    input: inputs.source("queries.sql"), isQuick: true)
}

/// Redis under its own benchmark: the server alone is measured.
func redisRow(_ inputs: Inputs) throws -> Row {
  let server = try inputs.tool("redis-server")
  let benchmark = try inputs.tool("redis-benchmark")
  let client = try inputs.tool("redis-cli")
  // Short, since the path of a socket has 108 bytes at most.
  let socket = NSTemporaryDirectory() + "/quarry-bench-\(ProcessInfo.processInfo.processIdentifier).sock"

  func load(_ requests: Int, _ keys: Int, _ command: String...) -> [String] {
    [benchmark, "-s", socket, "-q", "-c", "8", "-P", "32", "-n", String(requests), "-r", String(keys)] + command
  }

  return Row(
    name: "redis", set: .programs, summary: "a server under redis-benchmark",
    command: [
      server, "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--daemonize", "no",
      "--logfile", "", "--dir", "/tmp", "--jemalloc-bg-thread", "no",
    ],
    // The benchmark draws other keys each time.
    isRepeatable: false,
    service: Service(
      socket: socket,
      commands: [
        load(400_000, 60_000, "SET", "key:__rand_int__", String(repeating: "v", count: 100)),
        load(300_000, 2_000, "LPUSH", "list:__rand_int__", "an element of a list, not too short"),
        load(200_000, 5_000, "HSET", "hash:__rand_int__", "field:__rand_int__", "a value"),
        load(200_000, 20_000, "ZADD", "sorted", "__rand_int__", "member:__rand_int__"),
        load(200_000, 60_000, "APPEND", "key:__rand_int__", "some more text for the value"),
        load(200_000, 60_000, "DEL", "key:__rand_int__"),
        load(200_000, 60_000, "SET", "key:__rand_int__", String(repeating: "w", count: 250)),
        [client, "-s", socket, "DBSIZE"],
        [client, "-s", socket, "SHUTDOWN", "NOSAVE"],
      ]),
    bringsAllocator: true, isQuick: true)
}
