// Minimising logic functions in two levels, after the method of Espresso: complement by Shannon expansion, expansion
// of each cube against the complement, and removal of cubes that the rest covers. Covers are arrays that grow by
// `realloc`, each cube is a small block of its own; what the recursion makes dies with it, the minimised covers live
// to the end.
#include "workloads.h"

#include <stdbool.h>

enum {
  words = 2,
  /// Two bits a variable: the values that it may have.
  most_variables = words * 32,
};

typedef struct {
  uint64_t bits[words];
} Cube;

typedef struct {
  size_t count;
  size_t capacity;
  Cube **cubes;
} Cover;

static unsigned cube_values(const Cube *cube, unsigned variable) {
  return (unsigned)(cube->bits[variable / 32] >> (2 * (variable % 32))) & 3;
}

static void cube_set(Cube *cube, unsigned variable, unsigned values) {
  unsigned shift = 2 * (variable % 32);
  cube->bits[variable / 32] = (cube->bits[variable / 32] & ~(UINT64_C(3) << shift)) | (uint64_t)values << shift;
}

static Cube cube_universal(unsigned variables) {
  Cube cube = {{0}};
  for (unsigned variable = 0; variable < variables; variable += 1) cube_set(&cube, variable, 3);
  return cube;
}

static bool cube_equals(const Cube *left, const Cube *right) {
  return left->bits[0] == right->bits[0] && left->bits[1] == right->bits[1];
}

/// Whether some point lies in both cubes.
static bool cube_meets(const Cube *left, const Cube *right, const Cube *universal) {
  for (size_t word = 0; word < words; word += 1) {
    uint64_t both = left->bits[word] & right->bits[word];
    uint64_t possible = (both | both >> 1) & 0x5555555555555555u;
    if (possible != (universal->bits[word] & 0x5555555555555555u)) return false;
  }
  return true;
}

static Cover *cover_make(void) {
  Cover *cover = block_allocated(malloc(sizeof *cover), sizeof *cover);
  *cover = (Cover){0, 0, NULL};
  return cover;
}

static void cover_add(Cover *cover, const Cube *cube) {
  if (cover->count == cover->capacity) {
    cover->capacity = cover->capacity ? 2 * cover->capacity : 4;
    size_t size = cover->capacity * sizeof(Cube *);
    cover->cubes = block_allocated(realloc(cover->cubes, size), size);
  }
  Cube *copy = block_allocated(malloc(sizeof *copy), sizeof *copy);
  *copy = *cube;
  cover->cubes[cover->count] = copy;
  cover->count += 1;
}

static void cover_remove(Cover *cover, size_t index) {
  free(cover->cubes[index]);
  cover->count -= 1;
  cover->cubes[index] = cover->cubes[cover->count];
}

static void cover_free(Cover *cover) {
  for (size_t index = 0; index < cover->count; index += 1) free(cover->cubes[index]);
  free(cover->cubes);
  free(cover);
}

/// The part of `cover` where `variable` has `values`, with the variable taken out.
static Cover *cover_part(const Cover *cover, unsigned variable, unsigned values) {
  Cover *part = cover_make();
  for (size_t index = 0; index < cover->count; index += 1) {
    if ((cube_values(cover->cubes[index], variable) & values) == 0) continue;
    Cube cube = *cover->cubes[index];
    cube_set(&cube, variable, 3);
    cover_add(part, &cube);
  }
  return part;
}

/// The variable that most cubes depend on, or `variables` when none does.
static unsigned most_bound_variable(const Cover *cover, unsigned variables) {
  unsigned best = variables;
  size_t most = 0;
  for (unsigned variable = 0; variable < variables; variable += 1) {
    size_t bound = 0;
    for (size_t index = 0; index < cover->count; index += 1) {
      bound += cube_values(cover->cubes[index], variable) != 3;
    }
    if (bound <= most) continue;
    most = bound;
    best = variable;
  }
  return best;
}

static bool has_universal(const Cover *cover, const Cube *universal) {
  for (size_t index = 0; index < cover->count; index += 1) {
    if (cube_equals(cover->cubes[index], universal)) return true;
  }
  return false;
}

/// Whether `cover` holds every point.
static bool is_tautology(const Cover *cover, unsigned variables, const Cube *universal) {
  if (cover->count == 0) return false;
  if (has_universal(cover, universal)) return true;
  unsigned variable = most_bound_variable(cover, variables);
  for (unsigned values = 1; values <= 2; values += 1) {
    Cover *part = cover_part(cover, variable, values);
    bool whole = is_tautology(part, variables, universal);
    cover_free(part);
    if (!whole) return false;
  }
  return true;
}

/// The points that `cover` does not hold.
static Cover *complement(const Cover *cover, unsigned variables, const Cube *universal) {
  Cover *result = cover_make();
  if (has_universal(cover, universal)) return result;
  unsigned variable = most_bound_variable(cover, variables);
  if (variable == variables) {
    cover_add(result, universal);
    return result;
  }
  Cover *halves[2];
  for (unsigned half = 0; half < 2; half += 1) {
    Cover *part = cover_part(cover, variable, half + 1);
    halves[half] = complement(part, variables, universal);
    cover_free(part);
  }
  // What both halves have in common does not depend on the variable.
  for (size_t index = 0; index < halves[0]->count; index += 1) {
    Cube cube = *halves[0]->cubes[index];
    unsigned values = 1;
    for (size_t other = 0; other < halves[1]->count; other += 1) {
      if (!cube_equals(&cube, halves[1]->cubes[other])) continue;
      cover_remove(halves[1], other);
      values = 3;
      break;
    }
    cube_set(&cube, variable, values);
    cover_add(result, &cube);
  }
  for (size_t index = 0; index < halves[1]->count; index += 1) {
    Cube cube = *halves[1]->cubes[index];
    cube_set(&cube, variable, 2);
    cover_add(result, &cube);
  }
  cover_free(halves[0]);
  cover_free(halves[1]);
  return result;
}

static bool meets_any(const Cover *cover, const Cube *cube, const Cube *universal) {
  for (size_t index = 0; index < cover->count; index += 1) {
    if (cube_meets(cover->cubes[index], cube, universal)) return true;
  }
  return false;
}

/// Frees each cube of as many variables as possible without meeting `outside`.
static void expand(Cover *cover, const Cover *outside, unsigned variables, const Cube *universal) {
  for (size_t index = 0; index < cover->count; index += 1) {
    Cube *cube = cover->cubes[index];
    for (unsigned variable = 0; variable < variables; variable += 1) {
      unsigned values = cube_values(cube, variable);
      if (values == 3) continue;
      cube_set(cube, variable, 3);
      if (meets_any(outside, cube, universal)) cube_set(cube, variable, values);
    }
  }
}

/// Removes the cubes whose points all lie in others.
static void make_irredundant(Cover *cover, unsigned variables, const Cube *universal) {
  for (size_t index = cover->count; index > 0; index -= 1) {
    const Cube *cube = cover->cubes[index - 1];
    Cover *others = cover_make();
    for (size_t other = 0; other < cover->count; other += 1) {
      if (other == index - 1 || !cube_meets(cover->cubes[other], cube, universal)) continue;
      Cube part = *cover->cubes[other];
      for (size_t word = 0; word < words; word += 1) {
        // Where the cube allows one value only, the part need not depend on the variable.
        uint64_t low = cube->bits[word] & 0x5555555555555555u;
        uint64_t high = (cube->bits[word] >> 1) & 0x5555555555555555u;
        uint64_t bound = (low ^ high) & (universal->bits[word] & 0x5555555555555555u);
        part.bits[word] |= bound | bound << 1;
      }
      cover_add(others, &part);
    }
    if (is_tautology(others, variables, universal)) cover_remove(cover, index - 1);
    cover_free(others);
  }
}

static Cover *cover_random(Random *random, unsigned variables, size_t cubes) {
  Cover *cover = cover_make();
  for (size_t index = 0; index < cubes; index += 1) {
    Cube cube = cube_universal(variables);
    size_t literals = random_between(random, 3, 7);
    for (size_t literal = 0; literal < literals; literal += 1) {
      cube_set(&cube, (unsigned)random_below(random, variables), (unsigned)random_between(random, 1, 2));
    }
    cover_add(cover, &cube);
  }
  return cover;
}

static Cover *cover_copy(const Cover *other) {
  Cover *cover = cover_make();
  for (size_t index = 0; index < other->count; index += 1) cover_add(cover, other->cubes[index]);
  return cover;
}

/// Compares the functions at random points: `minimised` must equal `original`, and `outside` be its opposite.
static void verify(Random *random, const Cover *original, const Cover *minimised, const Cover *outside,
                   unsigned variables, const Cube *universal) {
  for (size_t round = 0; round < 256; round += 1) {
    Cube point = {{0}};
    for (unsigned variable = 0; variable < variables; variable += 1) {
      cube_set(&point, variable, (unsigned)random_between(random, 1, 2));
    }
    bool inside = meets_any(original, &point, universal);
    if (meets_any(minimised, &point, universal) != inside || meets_any(outside, &point, universal) == inside) {
      workload_fail("a minimised function differs from its original");
    }
  }
}

static uint64_t run(const uint64_t *values) {
  unsigned variables = (unsigned)values[1];
  if (variables > most_variables) workload_fail("at most %d variables are possible", most_variables);
  Cube universal = cube_universal(variables);
  Random random = random_seeded(1);
  uint64_t result = 0;
  Cover **minimised = array_make(values[0], sizeof(Cover *));
  for (size_t index = 0; index < values[0]; index += 1) {
    Cover *original = cover_random(&random, variables, values[2]);
    Cover *outside = complement(original, variables, &universal);
    Cover *cover = cover_copy(original);
    expand(cover, outside, variables, &universal);
    make_irredundant(cover, variables, &universal);
    verify(&random, original, cover, outside, variables, &universal);
    result = mix(result ^ (cover->count << 32 | outside->count));
    cover_free(outside);
    cover_free(original);
    minimised[index] = cover;
  }
  for (size_t index = 0; index < values[0]; index += 1) {
    for (size_t cube = 0; cube < minimised[index]->count; cube += 1) {
      result = mix(result ^ minimised[index]->cubes[cube]->bits[0]);
    }
    cover_free(minimised[index]);
  }
  free(minimised);
  return result;
}

const Workload minimiser = {
  .name = "minimiser",
  .summary = "minimises logic functions; small blocks of short and medium lives, arrays that grow",
  .parameters = {{"functions", 400, 1, "how many functions to minimise"},
                 {"variables", 16, 2, "variables of each function"},
                 {"cubes", 40, 1, "cubes that describe each function at first"}},
  .run = run,
};
