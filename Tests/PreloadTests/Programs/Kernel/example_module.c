// expect: exit 0
// stdout: Module exiting
// links: quarry

// Example: a kernel module that allocates memory, as a user-space program. What differs from the kernel's source is the
// includes, and that main calls what insmod and rmmod would.

#include <errno.h>
#include <quarry/kernel.h>
#include <stdio.h>

static void *my_memory;

static int my_module_init(void) {
  // Request memory
  my_memory = kmalloc(1024, GFP_KERNEL);  // Allocate 1024 bytes
  if (!my_memory) {
    fprintf(stderr, "Memory allocation failed\n");
    return -ENOMEM;  // Return error if allocation fails
  }

  // Use the allocated memory: it is ours to the last byte.
  memset(my_memory, 0, ksize(my_memory));
  return 0;
}

static void my_module_exit(void) {
  // Free the allocated memory
  kfree(my_memory);
  printf("Module exiting\n");
}

int main(void) {
  int error = my_module_init();
  if (error != 0) return -error;
  my_module_exit();
  return 0;
}
