#!/usr/bin/env bash
# The C and C++ compilers with all their children, then what they made.
source "$(dirname "$0")/support/common.bash"
need gcc g++ make

# check_compiler LANGUAGE COMPILER PROCESS…: with the source still to come, driver and compiler proper stand
# and wait.
check_compiler() {
  local language=$1 compiler=$2 child driver
  shift 2
  mkfifo "$work/source"
  ("${preload[@]}" "$compiler" -O2 -x "$language" -c -o "$work/piped.o" - <"$work/source") &
  driver=$!
  processes+=("$driver")
  exec {writer}>"$work/source"
  for child in "$@"; do
    wait_until 10 "$child to have the library" child_has_library "$child"
  done
  echo 'int answer(void) { return 42; }' >&"$writer"
  exec {writer}>&-
  wait "$driver" || fail "$compiler: status $?"
  rm "$work/source"
  nm "$work/piped.o" >"$work/symbols"
  assert_contains "$work/symbols" ' T .*answer'
}

# child_has_library PATTERN: a process whose name it matches that is at work in this script's folder.
child_has_library() {
  local process
  for process in $(pgrep -x "$1"); do
    [[ $(readlink "/proc/$process/fd/0") == "$work/source" ]] && has_library "$process" && return
  done
  return 1
}
check_compiler c gcc gcc cc1
check_compiler c++ g++ 'g\+\+' cc1plus

mkdir "$work/project"
cd "$work/project"
cat >tree.h <<'END'
struct tree { struct tree *left, *right; unsigned key; char text[]; };
struct tree *insert(struct tree *tree, unsigned key);
unsigned long long check(const struct tree *tree);
void drop(struct tree *tree);
END
cat >tree.c <<'END'
#include "tree.h"
#include <stdio.h>
#include <stdlib.h>

struct tree *insert(struct tree *tree, unsigned key) {
  if (!tree) {
    tree = malloc(sizeof *tree + 1 + key % 100);
    if (!tree) abort();
    tree->left = tree->right = NULL;
    tree->key = key;
    for (unsigned i = 0; i < key % 100; i++) tree->text[i] = (char)('a' + key % 26);
    tree->text[key % 100] = 0;
  } else if (key < tree->key) {
    tree->left = insert(tree->left, key);
  } else if (key > tree->key) {
    tree->right = insert(tree->right, key);
  }
  return tree;
}

unsigned long long check(const struct tree *tree) {
  if (!tree) return 0;
  unsigned long long sum = tree->key;
  for (const char *c = tree->text; *c; c++) sum += (unsigned char)*c;
  return sum + check(tree->left) + check(tree->right);
}

void drop(struct tree *tree) {
  if (!tree) return;
  drop(tree->left);
  drop(tree->right);
  free(tree);
}
END
cat >main.c <<'END'
#include "tree.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  char *line = NULL, *name = getenv("library_name");
  size_t size = 0;
  int found = 0;
  while (getline(&line, &size, maps) > 0) found |= name && strstr(line, name) != NULL;
  free(line);
  fclose(maps);
  unsigned long long total = 0;
  for (int round = 0; round < 5; round++) {
    struct tree *tree = NULL;
    unsigned key = 12345;
    for (int i = 0; i < 100000; i++) tree = insert(tree, key = key * 1103515245u + 12345u);
    total += check(tree);
    drop(tree);
  }
  printf("%llu\n", total);
  return found ? 42 : 0;
}
END
for n in {1..12}; do
  {
    echo '#include <stdio.h>'
    for f in {1..150}; do
      echo "int function_${n}_$f(int x) { int s = 0; for (int i = 0; i < x; i++) s += i * $f % (x + 1); return s; }"
    done
  } >"generated$n.c"
done
cat >Makefile <<'END'
objects := main.o tree.o $(patsubst %.c,%.o,$(sort $(wildcard generated*.c)))
program: $(objects) ; gcc -O2 -flto=2 -o $@ $^
%.o: %.c tree.h ; gcc -O2 -flto -g -frandom-seed=$@ -Wall -Wextra -c -o $@ $<
END
make -s -j2
expected=$(env -u library_name ./program)
sums() { sha256sum ./*.o | sort; }
reference=$(sums)
make -s -B -j2 program
assert_equal "objects of two builds without the library" "$reference" "$(sums)"
"${preload[@]}" make -s -B -j2
assert_equal "objects of a build with the library" "$reference" "$(sums)"
status=0
actual=$("${preload[@]}" ./program) || status=$?
assert_equal "the program has the library" 42 "$status"
assert_equal "result of the program" "$expected" "$actual"

cat >containers.cc <<'END'
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

struct alignas(256) Wide {
  double values[32];
};

static unsigned long long work(unsigned seed) {
  std::map<std::string, std::vector<unsigned>> map;
  std::unordered_map<unsigned, std::shared_ptr<std::string>> table;
  std::list<std::unique_ptr<Wide>> wide;
  for (unsigned i = 0; i < 60000; i++) {
    seed = seed * 1103515245u + 12345u;
    map["key" + std::to_string(seed % 5000)].push_back(i);
    table[seed % 3000] = std::make_shared<std::string>(seed % 200, 'x');
    if (i % 50 == 0) {
      wide.push_back(std::make_unique<Wide>());
      if (reinterpret_cast<std::uintptr_t>(wide.back().get()) % 256) throw std::runtime_error("alignment");
      if (wide.size() > 100) wide.pop_front();
    }
  }
  unsigned long long sum = 0;
  for (auto &[key, values] : map)
    sum += key.size() * std::accumulate(values.begin(), values.end(), 0ull);
  for (auto &[key, text] : table) sum += key * text->size();
  return sum;
}

int main(int argc, char **argv) {
  std::ifstream maps("/proc/self/maps");
  std::stringstream content;
  content << maps.rdbuf();
  bool found = argc > 1 && content.str().find(argv[1]) != std::string::npos;

  std::vector<unsigned long long> results(4);
  std::vector<std::thread> threads;
  for (unsigned n = 0; n < 4; n++) threads.emplace_back([&, n] { results[n] = work(n + 1); });
  for (auto &thread : threads) thread.join();
  for (unsigned n = 0; n < 4; n++)
    if (results[n] != work(n + 1)) return 2;

  std::regex words("([a-z]+)([0-9]+)");
  std::string text;
  for (int i = 0; i < 3000; i++) text += "word" + std::to_string(i) + " ";
  auto begin = std::sregex_iterator(text.begin(), text.end(), words);
  std::cout << std::accumulate(results.begin(), results.end(), 0ull) << ' '
            << std::distance(begin, std::sregex_iterator()) << '\n';
  static char *volatile impossible;
  try {
    impossible = new char[static_cast<std::size_t>(argc) << 60];
    return 3;
  } catch (const std::bad_alloc &) {
  }
  return found ? 42 : 0;
}
END
compile=(g++ -std=c++17 -O2 -pthread -Wno-alloc-size-larger-than)
"${compile[@]}" -c -o expected.o containers.cc
"${preload[@]}" "${compile[@]}" -c -o actual.o containers.cc
cmp expected.o actual.o || fail "g++ makes another object with the library"
"${preload[@]}" "${compile[@]}" -o containers actual.o
expected=$(./containers)
status=0
actual=$("${preload[@]}" ./containers "$library_name") || status=$?
assert_equal "the C++ program has the library" 42 "$status"
assert_equal "result of the C++ program" "$expected" "$actual"
