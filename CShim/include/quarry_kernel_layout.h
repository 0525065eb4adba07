// The records of the kernel interface. Zeroed, and untouched by programs that do not use it.
#pragma once
#include "quarry_layout.h"

#pragma clang assume_nonnull begin

struct quarry_kernel {
  struct quarry_lock lock;
  // 1 once signal handlers may use the interface: quarry_init() was called, or GFP_ATOMIC or GFP_NOWAIT was asked for.
  // From then on no free touches a thread's lists, which the handler may have interrupted. atomic
  uint32_t serves_handlers;
};
extern struct quarry_kernel quarry_kernel_records;

QUARRY_INLINE struct quarry_kernel *quarry_kernel_record(void) { return &quarry_kernel_records; }
QUARRY_INLINE uint32_t *quarry_kernel_serves_handlers(struct quarry_kernel *kernel) {
  return &kernel->serves_handlers;
}

#pragma clang assume_nonnull end
