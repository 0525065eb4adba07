// shrinker_alloc, which takes its name as printf does.
#include <stdarg.h>
#include <stdio.h>

#include "CShim.h"

__attribute__((visibility("default"))) struct shrinker *shrinker_alloc(unsigned int flags, const char *format, ...) {
  struct shrinker *shrinker = (struct shrinker *)quarry_allocate(sizeof *shrinker);
  if (shrinker == NULL) return NULL;
  *shrinker = (struct shrinker){.seeks = DEFAULT_SEEKS, .flags = flags};
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(shrinker->quarry_name, sizeof shrinker->quarry_name, format, arguments);
  va_end(arguments);
  return shrinker;
}
