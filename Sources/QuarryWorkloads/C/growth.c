// Arrays and strings that grow by `realloc`: a few arrays by half their size, a few by a constant, side by side, and
// many strings by some bytes at a time. All contents are checked.
#include "workloads.h"

#include <string.h>

typedef struct {
  uint32_t *items;
  size_t count;
  size_t capacity;
} Vector;

enum { vectors = 8, constant_step = 1024 };

/// Grows eight arrays in turn, each item being its index; the first half by a factor, the second by a constant.
static uint64_t grow_vectors(size_t items) {
  Vector all[vectors] = {{0}};
  uint64_t moves = 0;
  for (size_t item = 0; item < items; item += 1) {
    for (size_t index = 0; index < vectors; index += 1) {
      Vector *vector = &all[index];
      // Arrays that grow by a constant stay shorter: their copies would otherwise be all that is measured.
      if (index >= vectors / 2 && item >= items / 8) break;
      if (vector->count == vector->capacity) {
        vector->capacity += index < vectors / 2 ? vector->capacity / 2 + 16 : constant_step;
        size_t size = vector->capacity * sizeof(uint32_t);
        vector->items = block_allocated(realloc(vector->items, size), size);
        moves += 1;
      }
      vector->items[vector->count] = (uint32_t)(vector->count ^ index);
      vector->count += 1;
    }
  }
  for (size_t index = 0; index < vectors; index += 1) {
    for (size_t item = 0; item < all[index].count; item += 1) {
      if (all[index].items[item] != (uint32_t)(item ^ index)) workload_fail("item %zu of an array changed", item);
    }
    // A program that is done with growing gives the rest back.
    size_t size = all[index].count * sizeof(uint32_t);
    all[index].items = block_allocated(realloc(all[index].items, size), size);
    moves += all[index].items[all[index].count - 1];
    free(all[index].items);
  }
  return moves;
}

/// Appends words to strings at random until each has some hundred bytes, as parsers do.
static uint64_t grow_strings(Random *random, size_t strings, size_t words) {
  static const char text[] = "abcdefghijklmnopqrstuvwxyz";
  char **all = array_make(strings, sizeof(char *));
  size_t *lengths = array_make(strings, sizeof(size_t));
  for (size_t done = 0; done < strings * words; done += 1) {
    size_t index = random_below(random, strings);
    size_t word = random_between(random, 1, 24);
    all[index] = block_allocated(realloc(all[index], lengths[index] + word + 1), lengths[index] + word + 1);
    for (size_t letter = 0; letter < word; letter += 1) {
      all[index][lengths[index] + letter] = text[(lengths[index] + letter) % 26];
    }
    lengths[index] += word;
    all[index][lengths[index]] = '\0';
  }
  uint64_t result = 0;
  for (size_t index = 0; index < strings; index += 1) {
    for (size_t letter = 0; letter < lengths[index]; letter += 1) {
      if (all[index][letter] != text[letter % 26]) workload_fail("a letter of a string changed");
    }
    result = mix(result + lengths[index]);
    free(all[index]);
  }
  free(lengths);
  free(all);
  return result;
}

static uint64_t run(const uint64_t *values) {
  Random random = random_seeded(0);
  uint64_t result = 0;
  for (size_t round = 0; round < values[0]; round += 1) {
    result = mix(result + grow_vectors(values[1]));
    result = mix(result + grow_strings(&random, values[2], values[3]));
  }
  return result;
}

const Workload growth = {
  .name = "growth",
  .summary = "arrays and strings that grow by realloc",
  .parameters = {{"rounds", 8, 1, "how often to grow all anew"},
                 {"items", 1000000, 8, "items of the longest array"},
                 {"strings", 20000, 1, "strings"},
                 {"words", 20, 1, "words appended to each string, on average"}},
  .run = run,
};
