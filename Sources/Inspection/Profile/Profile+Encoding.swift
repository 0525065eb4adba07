// A profile as pprof's protocol buffer.

extension Profile {
  /// The bytes of the message, not compressed.
  public var encoded: [UInt8] {
    var writer = ProtobufWriter()
    var texts = Texts()
    for type in valueTypes { writer.message(1) { texts.write(type, &$0) } }
    for sample in samples {
      writer.message(2) { message in
        message.numbers(1, sample.stack.map { $0 + 1 })
        message.numbers(2, sample.values)
        for (key, text) in sample.labels.sorted(by: { $0.key < $1.key }) {
          message.message(3) {
            $0.number(1, texts.number(key))
            $0.number(2, texts.number(text))
          }
        }
      }
    }
    for (index, mapping) in mappings.enumerated() {
      writer.message(3) { message in
        message.number(1, index + 1)
        message.number(2, mapping.range.lowerBound)
        message.number(3, mapping.range.upperBound)
        message.number(4, mapping.offset)
        message.number(5, texts.number(mapping.file))
        message.number(6, texts.number(mapping.buildID))
        message.number(7, mapping.hasFunctions ? 1 : 0)
      }
    }
    for (index, location) in locations.enumerated() {
      writer.message(4) { message in
        message.number(1, index + 1)
        message.number(2, location.mapping.map { $0 + 1 } ?? 0)
        message.number(3, location.address)
        for line in location.lines {
          message.message(4) {
            $0.number(1, line.function + 1)
            $0.number(2, line.line)
          }
        }
      }
    }
    for (index, function) in functions.enumerated() {
      writer.message(5) { message in
        message.number(1, index + 1)
        message.number(2, texts.number(function.name))
        message.number(3, texts.number(function.systemName))
        message.number(4, texts.number(function.file))
      }
    }
    writer.number(9, time)
    writer.message(11) { texts.write(periodType, &$0) }
    writer.number(12, period)
    writer.numbers(13, [errorComment].compactMap(\.self).map { texts.number($0) })
    writer.number(14, texts.number(defaultType))
    for text in texts.all { writer.bytes(6, text.utf8) }
    return writer.bytes
  }

  /// The table of texts, of which the first is empty.
  private struct Texts {
    private(set) var all = [""]
    private var numbers = ["": 0]

    mutating func number(_ text: String) -> Int {
      if let known = numbers[text] { return known }
      numbers[text] = all.count
      all.append(text)
      return all.count - 1
    }

    mutating func write(_ type: ValueType, _ message: inout ProtobufWriter) {
      message.number(1, number(type.type))
      message.number(2, number(type.unit))
    }
  }
}
