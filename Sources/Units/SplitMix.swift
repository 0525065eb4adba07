// SplitMix: numbers that look random, from a state that goes on by a fixed step (Steele, Lea and Flood, "Fast splittable
// pseudorandom number generators", 2014).

public enum SplitMix {
  private static var step: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  /// The number that follows a state.
  public static func number(after state: UInt64) -> UInt64 {
    var z = state &+ step
    z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z &>> 31)
  }

  /// The next number; the state goes on.
  public static func next(_ state: inout UInt64) -> UInt64 {
    defer { state = state &+ step }
    return number(after: state)
  }
}
