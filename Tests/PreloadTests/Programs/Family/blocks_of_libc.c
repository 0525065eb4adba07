// expect: exit 0
// standard: yes

// What the C library allocates for the program comes from the same heap, so free and realloc take it.

#include <locale.h>
#include <netdb.h>
#include <search.h>
#include "check.h"

static void resize_and_free(void *block) {
  CHECK(block != NULL);
  block = realloc(block, 10000);
  CHECK(block != NULL);
  free(block);
}

int main(void) {
  uses_quarry();
  resize_and_free(strdup("a copy"));
  resize_and_free(strndup("a copy", 3));
  resize_and_free(getcwd(NULL, 0));
  resize_and_free(realpath("/", NULL));
  char *text = NULL;
  CHECK(asprintf(&text, "%d %s", 1, "two") == 5);
  resize_and_free(text);

  FILE *file = tmpfile();
  CHECK(file != NULL && fputs("a line\n", file) >= 0);
  rewind(file);
  char *line = malloc(2);  // too small: getline resizes it
  size_t size = 2;
  CHECK(getline(&line, &size, file) == 7 && size >= 8);
  resize_and_free(line);
  fclose(file);

  struct addrinfo *addresses;
  CHECK(getaddrinfo("127.0.0.1", "80", NULL, &addresses) == 0);
  freeaddrinfo(addresses);
  setlocale(LC_ALL, "");
}
