// The size of a terminal, by an ioctl that Swift does not import.
#include <sys/ioctl.h>

#include "CInspection.h"

int quarry_terminal_size(int descriptor, uint16_t *columns, uint16_t *lines) {
  struct winsize size;
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
  *columns = size.ws_col;
  *lines = size.ws_row;
  return 0;
}
