# Objects, strings, arrays and hashes that come and go. Argument: rounds.
class Random31
  def initialize(seed)
    @state = seed
  end

  def below(bound)
    @state = (@state * 1_103_515_245 + 12_345) % 2_147_483_648
    (@state >> 12) % bound
  end
end

Entry = Struct.new(:number, :name, :tags)

random = Random31.new(1)
kept = []
total = 0
ARGV[0].to_i.times do
  entries = Array.new(15_000) do |number|
    name = "entry number #{number} with a name of #{random.below(1000)}"
    Entry.new(number, name, Array.new(random.below(6)) { |tag| "tag #{tag} of #{random.below(500)}, not embedded" })
  end
  by_tag = Hash.new { |hash, key| hash[key] = [] }
  entries.each { |entry| entry.tags.each { |tag| by_tag[tag] << entry.number } }
  text = by_tag.map { |tag, numbers| "#{tag}: #{numbers.join(', ')}" }.sort.join("\n")
  text.each_line { |line| total += line.split(", ").size }
  total += text.gsub(/tag (\d) of/) { "<#{$1}>" }.size
  kept << entries.select { |entry| entry.tags.size > 3 }
  kept.delete_at(random.below(kept.size)) if kept.size > 3
end
puts total
