import Testing

@Suite("Pattern")
struct PatternTests {
  @Test func literalTextMatchesItselfAlone() {
    #expect(Pattern("a(b)").matches("a(b)"))
    #expect(!Pattern("a(b)").matches("a(b) "))
  }

  @Test func aStarStandsForAnything() {
    #expect(Pattern("*middle*").matches("the middle of it"))
    #expect(Pattern("a*b*c").matches("abc"))
    #expect(!Pattern("a*b*c").matches("acb"))
    #expect(!Pattern("ab*ba").matches("aba"))
  }

  @Test func bracesHoldAlternatives() {
    let pattern = Pattern("{one,two} {three,four}")
    #expect(pattern.matches("two three"))
    #expect(!pattern.matches("one two"))
  }

  @Test func linesAreMatchedOneByOne() {
    #expect(Pattern.match([], []))
    #expect(Pattern.match(["a", "b"], [Pattern("*"), Pattern("b")]))
    #expect(!Pattern.match(["a", "b"], [Pattern("*")]))
  }
}
