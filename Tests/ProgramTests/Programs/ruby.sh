#!/usr/bin/env bash
# Ruby: its collector and compaction above our blocks, threads, processes, big strings and JSON.
source "$(dirname "$0")/support/common.bash"
need ruby

cat >"$work/program.rb" <<'END'
require "digest"
require "json"
require "zlib"

name = ENV["library_name"]
abort "the library is not loaded" if name && !File.read("/proc/self/maps").include?("/#{name}")

def digest(value) = Digest::SHA256.hexdigest(value.to_s)[0, 16]

GC.stress = true
puts "stress #{(1..300).map { |n| "s#{n}" * 10 }.join.size}"
GC.stress = false

counts = Hash.new(0)
(1..300_000).each { |n| counts["key#{n * 7919 % 100_003}"] += n }
puts "hash #{counts.size} #{counts.values.sum}"
counts.delete_if { |key, _| key.end_with?("7") }
GC.start
puts "left #{counts.size} #{digest(counts.sort)}"

text = +""
(1..200_000).each { |n| text << "word#{n} " << "x" * (n % 40) }
puts "text #{text.size} #{digest(text)} #{digest(text.gsub(/word(\d+)/) { "<#{$1}>" })}"
records = (1..20_000).map { |n| { "id" => n, "name" => "name #{n}", "list" => [n, nil, n * 0.5] } }
puts "json #{JSON.parse(JSON.generate(records)) == records}"
puts "marshal #{Marshal.load(Marshal.dump(records)) == records}"
puts "zlib #{Zlib::Inflate.inflate(Zlib::Deflate.deflate(text)) == text}"
puts "bignum #{digest(3**50_000)}"

threads = (1..4).map do |seed|
  Thread.new do
    own = {}
    (1..40_000).each { |n| own[n * seed % 5003] = "v" * (n % 2000) }
    GC.start if seed == 2
    own.values.sum(&:size)
  end
end
puts "threads #{threads.map(&:value).join(" ")}"

30.times do
  child = fork { exit!(Array.new(2000) { |n| "s" * n }.sum(&:size) == 1_999_000 ? 9 : 1) }
  Process.wait(child)
  abort "child: #{$?}" unless $?.exitstatus == 9
end
puts "forks"
GC.compact if GC.respond_to?(:compact)
puts "after #{digest(records)} #{`echo child`.strip}"
END
env -u library_name ruby "$work/program.rb" >"$work/expected"
"${preload[@]}" ruby "$work/program.rb" >"$work/actual"
diff "$work/expected" "$work/actual" >&2 || fail "other output"
assert_contains "$work/actual" '^hash 100003 45000150000$' '^json true$' '^marshal true$' '^zlib true$' '^forks$'
