// What is loaded: the object that holds an address, and where its unwind tables lie.
#include <link.h>
#include <string.h>

#include "CShim.h"

// Struct dl_find_object of glibc 2.35 and later.
struct found_object {
  unsigned long long flags;
  void *map_start;
  void *map_end;
  void *link_map;
  void *eh_frame;
  unsigned long long reserved[7];
};

int quarry_find_object(uintptr_t address, struct quarry_object *object) {
  int (*find)(void *, struct found_object *);
  *(uintptr_t *)&find = quarry_registry_record()->find_object;
  struct found_object found;
  if (find == NULL || find((void *)address, &found) != 0) return -1;
  *object = (struct quarry_object){
      .start = (uintptr_t)found.map_start,
      .end = (uintptr_t)found.map_end,
      .unwind_index = (uintptr_t)found.eh_frame,
  };
  return 0;
}

static int has_text_relocations(const ElfW(Dyn) *entry) {
  for (; entry->d_tag != DT_NULL; entry++) {
    if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0)) return 1;
  }
  return 0;
}

int quarry_holds_tables(uintptr_t address, uintptr_t bytes) {
  struct quarry_object object;
  if (quarry_find_object(address, &object) != 0 || object.unwind_index == 0) return 0;
  struct quarry_range segment = quarry_table_segment(&object);
  return bytes <= segment.bytes && address - segment.address <= segment.bytes - bytes;
}

struct quarry_range quarry_table_segment(const struct quarry_object *object) {
  const struct quarry_range none = {0, 0};
  const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)object->start;
  uintptr_t size = object->end - object->start;
  if (size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phoff >= size) return none;
  if (header->e_phnum > (size - header->e_phoff) / sizeof(ElfW(Phdr))) return none;
  const ElfW(Phdr) *parts = (const ElfW(Phdr) *)(object->start + header->e_phoff);
  uintptr_t in_page = quarry_sys_page_size() - 1;
  // The part with the lowest addresses, which comes first, lies at the start.
  uintptr_t base = object->start;
  for (int number = header->e_phnum - 1; number >= 0; number--) {
    if (parts[number].p_type == PT_LOAD) base = object->start - (parts[number].p_vaddr & ~in_page);
  }
  struct quarry_range segment = none;
  for (int number = 0; number < header->e_phnum; number++) {
    const ElfW(Phdr) *part = &parts[number];
    uintptr_t start = base + part->p_vaddr;
    if (part->p_type == PT_DYNAMIC && has_text_relocations((const ElfW(Dyn) *)start)) return none;
    if (part->p_type == PT_LOAD && part->p_flags == PF_R && object->unwind_index - start < part->p_filesz) {
      uintptr_t from = start & ~in_page;
      segment = (struct quarry_range){from, ((start + part->p_filesz + in_page) & ~in_page) - from};
    }
  }
  return segment;
}
