// StackWalk: from a frame of the library to the return addresses of the program.
import CShim

enum StackWalk {
  /// Adds the return addresses of the program's frames.
  /// - Parameter frame: of a function of the library, whose callers in the library all have frames, too.
  static func fill(_ trace: inout StackTrace, from frame: UInt) {
    var frame = frame
    while true {
      let words = UnsafePointer<UInt>(bitPattern: frame).unsafelyUnwrapped
      if quarry_is_own_code(words[1]) == 0 {
        trace.append(words[1])
        return
      }
      frame = words[0]
    }
  }
}
