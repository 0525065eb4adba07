// Exporter: just enough of HTTP/1.1 for a collector on the same machine. One request for each connection, one connection at a
// time; a client that keeps the others waiting is dropped after five seconds.

import Glibc
import Inspection

enum Exporter {
  /// Serves until the process is stopped.
  /// - Parameter text: the metrics as they are now, in the format that the client takes.
  static func serve(port: UInt16, _ text: (MetricsText.Format) -> String) throws {
    signal(SIGPIPE, SIG_IGN)
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var on: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && Glibc.listen(listener, 16) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard bound else {
      throw Failure.inspection(
        "cannot listen on port \(port) of 127.0.0.1: \(String(cString: strerror(errno))); choose another with --listen")
    }
    print("quarry: serving http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/metrics")
    fflush(nil)
    while true {
      let client = accept(listener, nil, nil)
      if client < 0 { continue }
      answer(client, text)
      close(client)
    }
  }

  private static func answer(_ client: Int32, _ text: (MetricsText.Format) -> String) {
    var patience = timeval(tv_sec: 5, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(client, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    guard let request = head(client, until: .now + .seconds(5)) else { return }
    let words = request.prefix { !$0.isNewline }.split(separator: " ")
    let status: String
    var (type, body) = ("text/plain", "")
    if words.count != 3 || words[0] != "GET" {
      (status, body) = ("405 Method Not Allowed", "only GET is served\n")
    } else if words[1].prefix(while: { $0 != "?" }) != "/metrics" {
      (status, body) = ("404 Not Found", "the metrics are at /metrics\n")
    } else {
      let format = format(acceptedBy: request)
      (status, type, body) = ("200 OK", format.contentType, text(format))
    }
    send(
      client,
      "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        + body, until: .now + .seconds(5))
  }

  /// Who does not ask for OpenMetrics may not know it.
  private static func format(acceptedBy request: String) -> MetricsText.Format {
    let accepted = request.split(whereSeparator: \.isNewline).filter { $0.lowercased().hasPrefix("accept:") }
    return accepted.contains { $0.contains("application/openmetrics-text") } ? .openMetrics : .prometheus
  }

  /// What the client sent up to the empty line; nil when there is none in time and within 8 KiB.
  private static func head(_ client: Int32, until end: ContinuousClock.Instant) -> String? {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1024)
    while bytes.count < 8192, .now < end {
      let count = recv(client, &piece, piece.count, 0)
      if count <= 0 { return nil }
      bytes += piece[..<count]
      let text = String(decoding: bytes, as: UTF8.self)
      if text.contains("\r\n\r\n") { return text }
    }
    return nil
  }

  private static func send(_ client: Int32, _ text: String, until end: ContinuousClock.Instant) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count, .now < end {
      let count = bytes[sent...].withUnsafeBytes { Glibc.send(client, $0.baseAddress, $0.count, 0) }
      if count <= 0 { return }
      sent += count
    }
  }
}
