// Link: the first word of a free object. It holds the offset of the next free object, mixed with a secret and the
// object's own offset, so that a word that decodes to an offset within the zone marks a block that is probably free, and
// a link that was overwritten is recognised before it is followed. malloc clears the word.
import CShim
import Pages

public enum Link {
  /// The word to be stored at `offset` for a successor at `next`; 0 ends a chain.
  @inline(__always) static func encode(next: UInt64, at offset: UInt64, _ zone: Zone) -> UInt64 {
    next ^ offset ^ zone.record.pointee.key
  }

  /// What the word at `offset` says of its successor: an offset below the zone's extent if the object is free.
  @inline(__always) static func decode(at offset: UInt64, _ zone: Zone) -> UInt64 {
    zone.word(offset).pointee ^ offset ^ zone.record.pointee.key
  }

  /// The successor of a free object, or the end of the process when the link was overwritten.
  @inline(__always) static func next(after offset: UInt64, _ zone: Zone) -> UInt64 {
    let next = decode(at: offset, zone)
    if next >= UInt64(zone.extent) { Misuse.overwritten(offset) }
    return next
  }
}
