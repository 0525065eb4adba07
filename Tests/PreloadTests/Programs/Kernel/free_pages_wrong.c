// expect: abort
// stderr: quarry: {1}
// args: free_pages(*):*order*1,*but*the*block*has*4*pages
// args: __free_pages(*):*order*0,*but*the*block*has*4*pages
// args: free_pages(*):*not*the*start*of*a*block*of*pages
// args: free_pages(*):*not*a*page*of*this*library
// args: free_pages_exact(*):*not*the*size*that*alloc_pages_exact*was*asked*for
// args: split_page(*):*a*compound*block*stays*whole*
// args: split_page(*):*a*block*of*the*atomic*reserve*stays*whole
// args: split_page(*):*order*3,*but*the*block*has*4*pages
// links: quarry

// What the functions of pages refuse. The argument is the line that is expected.

#include <quarry/kernel.h>

#include "check.h"

int main(int count, char **arguments) {
  CHECK(count == 2);
  const char *line = arguments[1];
  unsigned long block = __get_free_pages(GFP_KERNEL, 2);
  CHECK(block != 0);
  if (strstr(line, "order*1")) free_pages(block, 1);
  if (strstr(line, "order*0")) __free_pages(virt_to_page((void *)block), 0);
  if (strstr(line, "the*start")) free_pages(block + 16, 0);
  if (strstr(line, "not*a*page")) free_pages((unsigned long)&count & ~4095ul, 0);
  if (strstr(line, "size")) free_pages_exact(alloc_pages_exact(3 * PAGE_SIZE, GFP_KERNEL), 4 * PAGE_SIZE);
  if (strstr(line, "compound")) split_page(alloc_pages(GFP_KERNEL | __GFP_COMP, 2), 2);
  if (strstr(line, "order*3")) split_page(virt_to_page((void *)block), 3);
  if (strstr(line, "reserve")) split_page(virt_to_page(kmalloc(4 * PAGE_SIZE, GFP_ATOMIC)), 2);
}
