// What quarry-replay is given: a trace made into requests by thread, with blocks as numbers instead of addresses. Written
// by the quarry command for the program of the same build, and by nobody else.
#pragma once
#include <stdint.h>

static const char quarry_plan_magic[8] = {'Q', 'R', 'Y', 'P', 'L', 'A', 'N', '1'};

enum { quarry_plan_no_block = 0xffffffff };

// Then follow the threads, the runs, and the requests.
struct quarry_plan_header {
  char magic[8];
  uint32_t threads;
  uint32_t blocks;
  uint64_t runs;
  uint64_t requests;
  // Bytes asked for at the peak of the trace, which the request marked is_peak reaches, and at its end.
  uint64_t peak_bytes;
  uint64_t end_bytes;
};

// In the order of their first requests.
struct quarry_plan_thread {
  uint64_t first_request, requests;
  uint64_t first_run, runs;
  // Sequence numbers of the trace: threads whose last is below this one's first had ended when this one began.
  uint64_t first_number, last_number;
};

// Requests of one thread without any of others in between. `turn` counts all runs, in the order of the trace.
struct quarry_plan_run {
  uint64_t turn;
  uint32_t requests;
  // Whose run comes next.
  uint32_t next_thread;
};

struct quarry_plan_request {
  // kind: 3 bits as in a trace, order: 6 bits, is_peak: 1 bit, size: 54 bits, from the lowest.
  uint64_t what;
  uint32_t block;
  // Of realloc, the block given.
  uint32_t old;
};

enum { quarry_plan_order_shift = 3, quarry_plan_peak_shift = 9, quarry_plan_size_shift = 10 };
