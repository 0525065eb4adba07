// Bodies that attract each other, after Barnes and Hut: a tree of cells over all bodies is built anew in each step.
// A few large blocks, much computation: the row that shows what an allocator costs a program that hardly calls it.
#include "workloads.h"

#include <math.h>

typedef struct {
  double place[3];
  double speed[3];
  double mass;
} Body;

/// A cube of space with eight children, which are cells (positive: index), bodies (negative: -1 - index) or none (0).
typedef struct {
  double centre[3];
  double mass;
  double half;
  double middle[3];
  int32_t children[8];
} Cell;

typedef struct {
  Body *bodies;
  size_t count;
  Cell *cells;
  size_t cell_count;
  size_t cell_room;
} Space;

static int32_t cell_make(Space *space, const double middle[3], double half) {
  if (space->cell_count == space->cell_room) {
    space->cell_room *= 2;
    size_t size = space->cell_room * sizeof(Cell);
    space->cells = block_allocated(realloc(space->cells, size), size);
  }
  Cell *cell = &space->cells[space->cell_count];
  *cell = (Cell){.half = half, .middle = {middle[0], middle[1], middle[2]}};
  space->cell_count += 1;
  return (int32_t)(space->cell_count - 1);
}

static unsigned octant(const Cell *cell, const Body *body) {
  return (unsigned)(body->place[0] > cell->middle[0]) | (unsigned)(body->place[1] > cell->middle[1]) << 1
         | (unsigned)(body->place[2] > cell->middle[2]) << 2;
}

static void insert(Space *space, int32_t body) {
  int32_t cell = 1;
  for (unsigned depth = 0; depth < 60; depth += 1) {
    unsigned which = octant(&space->cells[cell], &space->bodies[body]);
    int32_t child = space->cells[cell].children[which];
    if (child == 0) {
      space->cells[cell].children[which] = -1 - body;
      return;
    }
    if (child < 0) {
      double half = space->cells[cell].half / 2;
      double middle[3];
      for (unsigned axis = 0; axis < 3; axis += 1) {
        middle[axis] = space->cells[cell].middle[axis] + ((which >> axis & 1) != 0 ? half : -half);
      }
      int32_t made = cell_make(space, middle, half);
      space->cells[made].children[octant(&space->cells[made], &space->bodies[-1 - child])] = child;
      space->cells[cell].children[which] = made;
      child = made;
    }
    cell = child;
  }
  workload_fail("two bodies are at one place");
}

/// Adds up masses and centres from the leaves. Children follow their parents, so that one pass suffices.
static void sum_up(Space *space) {
  for (size_t index = space->cell_count; index > 1; index -= 1) {
    Cell *cell = &space->cells[index - 1];
    for (unsigned which = 0; which < 8; which += 1) {
      int32_t child = cell->children[which];
      if (child == 0) continue;
      double mass = child < 0 ? space->bodies[-1 - child].mass : space->cells[child].mass;
      const double *place = child < 0 ? space->bodies[-1 - child].place : space->cells[child].centre;
      cell->mass += mass;
      for (unsigned axis = 0; axis < 3; axis += 1) cell->centre[axis] += mass * place[axis];
    }
    for (unsigned axis = 0; axis < 3; axis += 1) cell->centre[axis] /= cell->mass;
  }
}

/// Adds to `pull` how `mass` at `place` attracts `body`.
static void attract(const Body *body, const double place[3], double mass, double pull[3]) {
  double distance[3];
  double square = 1e-6;
  for (unsigned axis = 0; axis < 3; axis += 1) {
    distance[axis] = place[axis] - body->place[axis];
    square += distance[axis] * distance[axis];
  }
  double factor = mass / (square * sqrt(square));
  for (unsigned axis = 0; axis < 3; axis += 1) pull[axis] += factor * distance[axis];
}

static void accelerate(Space *space, Body *body, double step) {
  int32_t stack[512];
  size_t height = 1;
  double pull[3] = {0, 0, 0};
  stack[0] = 1;
  while (height > 0) {
    height -= 1;
    int32_t node = stack[height];
    if (node < 0) {
      attract(body, space->bodies[-1 - node].place, space->bodies[-1 - node].mass, pull);
      continue;
    }
    const Cell *cell = &space->cells[node];
    double square = 0;
    for (unsigned axis = 0; axis < 3; axis += 1) {
      double distance = cell->centre[axis] - body->place[axis];
      square += distance * distance;
    }
    // A cell that looks small from here counts as one body.
    if (4 * cell->half * cell->half < square) {
      attract(body, cell->centre, cell->mass, pull);
      continue;
    }
    for (unsigned which = 0; which < 8; which += 1) {
      if (cell->children[which] == 0) continue;
      stack[height] = cell->children[which];
      height += 1;
    }
  }
  for (unsigned axis = 0; axis < 3; axis += 1) body->speed[axis] += step * pull[axis];
}

static void advance(Space *space, double step) {
  static const double origin[3] = {0, 0, 0};
  double half = 1;
  for (size_t body = 0; body < space->count; body += 1) {
    for (unsigned axis = 0; axis < 3; axis += 1) {
      while (fabs(space->bodies[body].place[axis]) > half) half *= 2;
    }
  }
  // The tree takes new blocks in each step; cell 0 stands for "none".
  space->cell_room = 1024;
  space->cells = block_allocated(malloc(space->cell_room * sizeof(Cell)), space->cell_room);
  space->cell_count = 1;
  cell_make(space, origin, half);
  for (size_t body = 0; body < space->count; body += 1) insert(space, (int32_t)body);
  sum_up(space);
  for (size_t body = 0; body < space->count; body += 1) accelerate(space, &space->bodies[body], step);
  for (size_t body = 0; body < space->count; body += 1) {
    for (unsigned axis = 0; axis < 3; axis += 1) {
      space->bodies[body].place[axis] += step * space->bodies[body].speed[axis];
    }
  }
  free(space->cells);
}

static uint64_t run(const uint64_t *values) {
  Space space = {.count = values[0]};
  space.bodies = array_make(space.count, sizeof(Body));
  Random random = random_seeded(0);
  for (size_t body = 0; body < space.count; body += 1) {
    space.bodies[body].mass = 1.0 / (double)space.count;
    for (unsigned axis = 0; axis < 3; axis += 1) {
      space.bodies[body].place[axis] = (double)(random_next(&random) >> 11) * 0x1p-52 - 1;
    }
  }
  for (size_t step = 0; step < values[1]; step += 1) advance(&space, 1e-3);
  double sum = 0;
  for (size_t body = 0; body < space.count; body += 1) {
    for (unsigned axis = 0; axis < 3; axis += 1) sum += fabs(space.bodies[body].speed[axis]);
  }
  free(space.bodies);
  uint64_t result;
  __builtin_memcpy(&result, &sum, sizeof result);
  return result;
}

const Workload bodies = {
  .name = "bodies",
  .summary = "n-body simulation; few large blocks, much computation",
  .parameters = {{"bodies", 60000, 1, "bodies"}, {"steps", 4, 1, "steps of the simulation"}},
  .run = run,
};
