// expect: exit 0
// standard: yes

// malloc_info writes XML to a stream of any kind, and takes no options. (That it is well formed: ToolTests.swift.)

#include "check.h"

int main(void) {
  uses_quarry();
  errno = 0;
  CHECK(malloc_info(1, stdout) != 0);
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  CHECK(stream != NULL);
  CHECK(malloc_info(0, stream) == 0);
  CHECK(fclose(stream) == 0);
  CHECK(length > 0 && strncmp(text, "<malloc version=\"", 17) == 0);
  free(text);
}
