// The records of a heap, as the library keeps them and as another process may read them.
//
// Everything here lies outside the pages that programs get, so that an overflow cannot reach it. All records are valid
// when zeroed. "Offset" means bytes from the zone's base; offset 0 is never an object and ends every chain; "page index"
// is an offset divided by the page size, and 0 ends every page list. A change to any record raises
// QUARRY_LAYOUT_VERSION.
//
// Each mutable field names its guard: a lock, "owner" (the thread whose heap it is), or "atomic".
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#define QUARRY_LAYOUT_VERSION 19
#define QUARRY_MAGIC 0x5155415252590a1aul

// A page is 4 KiB in the books on every machine; the system's page matters to opening and purging alone.
#define QUARRY_PAGE_SHIFT 12
// Orders of free blocks: 0 (4 KiB) to 18 (1 GiB).
#define QUARRY_ORDER_COUNT 19
// Size classes: 8 bytes, 16-byte steps to 128, then eight a doubling to 32 KiB.
#define QUARRY_CLASS_COUNT 73
// Requests up to this many bytes find their class in a table of one byte per 8 bytes.
#define QUARRY_TABLE_LIMIT 1024
// Larger ones up to this many bytes find theirs in a table of one byte per 128 bytes.
#define QUARRY_OBJECT_LIMIT 32768
// Widest zone: 1 TiB, so that an offset fits the low 40 bits of an encoded link.
#define QUARRY_OFFSET_BITS 40
#define QUARRY_GIGABLOCK_COUNT 1024
// Longest block that a heap keeps for its next slabs, in pages.
#define QUARRY_KEPT_PAGES 16
#define QUARRY_UNMERGED_RUNS 4
// Sheaves that a thread fills at a time, one for each destination heap and class.
#define QUARRY_SHEAF_COUNT 32
// Tunables that readers of the records need as well: see the tunables of these names for their reasons.
#define QUARRY_LIST_OBJECTS 128
#define QUARRY_SHEAF_BYTES (8 << 10)
#define QUARRY_CLAIM_BYTES (1 << 20)
#define QUARRY_IDLE_FLOOR_PAGES 128
#define QUARRY_IDLE_SHARE 16
// Distance of two heap records in bytes.
#define QUARRY_HEAP_STRIDE 8192

// A futex lock: 0 free, 1 held, 2 held and waited for. atomic
struct quarry_lock {
  uint32_t word;
};

// An entry of the page map, one 64-bit word per page:
//   bit 63      1 where objects may stay on the list of any thread that frees them
//   bits 62-40  number of the heap that owns the slab; 0 when the page is not a carved slab page. From
//               QUARRY_CACHE_OWNER on, the named cache whose page it is, of kind QUARRY_ENTRY_KERNEL
//   bits 39-12  where its slab begins, as an offset
//   bits 7-0    code of the size class, or one of the kinds below
// An exclusive or with the heap's own number leaves, as a signed number: below the zone's extent for an object of this heap;
// negative for one that may stray; the extent or more for anything else. The code of a class is twice its number, so that
// an index which processors scale by 8 reaches its list.
#define QUARRY_ENTRY_OWNER_SHIFT QUARRY_OFFSET_BITS
#define QUARRY_ENTRY_STRAY 0x8000000000000000ul
#define QUARRY_ENTRY_OWNER_MASK 0x7fffffu
#define QUARRY_ENTRY_RUN 0xffu       // first page of a run of whole pages
#define QUARRY_ENTRY_UNCARVED 0xfeu  // page of a slab that holds no start of a handed-out object yet
#define QUARRY_ENTRY_KERNEL 0xfdu    // page of the kernel interface: the kind of its first page's frame says which
#define QUARRY_CACHE_OWNER 0xc000u   // owner of the pages of named cache 0; caches beyond the last such number have 0

// The first page of a slab or a run has a frame, 32 bytes. "Possession" guards what its heap's slabs hold: that of the
// thread whose heap it is, or of whoever claimed the heap (see Possession.swift).
struct quarry_frame {
  uint64_t chain;      // slab: first free object at home, offset. Guarded by: possession
  uint32_t due;        // slab: frees until the slow path looks at it: objects handed out; 1 when QUARRY_SLAB_FULL.
                       // Guarded by: possession
  uint32_t next;       // slab: list of the cache, page index. Guarded by: possession
  uint32_t previous;   // same
  uint32_t pages;      // slab or run: its length. Guarded by: possession, or the block's owner
  uint16_t carved;     // slab: objects that were ever handed out. Guarded by: possession
  uint16_t capacity;   // slab: objects it can hold. Read-only while the slab lives
  uint8_t size_class;  // slab. Read-only while the slab lives
  uint8_t state;       // slab: QUARRY_SLAB_*. Guarded by: possession
  uint8_t kind;        // 0 none, or QUARRY_FRAME_*
  uint8_t holes;       // slab: 1 once pages to purge were looked for in it, until it is full. Guarded by: possession
};
#define QUARRY_FRAME_SLAB 1
#define QUARRY_FRAME_RUN 2
#define QUARRY_FRAME_KEPT 3  // free, on the list of a heap: `carved` pages were touched; or an unmerged run: all were
#define QUARRY_FRAME_CACHE 4   // slab of a named cache
#define QUARRY_FRAME_ATOMIC 5  // slab of the atomic reserve
#define QUARRY_FRAME_PAGES 6   // pages of alloc_pages and its relatives: see struct quarry_page_frame
#define QUARRY_FRAME_SAMPLED 7 // run that is a sample of the heap profile: see struct quarry_sample_frame
// Where the cache finds a slab.
#define QUARRY_SLAB_FULL 0     // nowhere: every object is handed out
#define QUARRY_SLAB_PARTIAL 1  // on its list
#define QUARRY_SLAB_FRESH 2    // it is the one that is being carved

// What alloc_pages knows of a block, in the frame of its first page; of a compound block, `first` in each of its frames.
// Guarded by: the block's owner
struct quarry_page_frame {
  uint32_t first;      // compound: its first page; else 0
  uint32_t flags;      // QUARRY_PAGES_*
  uint32_t order;
  uint32_t next;       // the list of deferred frees
  uint32_t padding0;
  uint32_t pages;      // its length, as in struct quarry_frame
  uint16_t padding1[3];
  uint8_t kind;        // QUARRY_FRAME_PAGES
  uint8_t padding2;
};
#define QUARRY_PAGES_EXACT 1u      // of alloc_pages_exact: its length is no power of two, or is not meant as one
#define QUARRY_PAGES_ACCOUNTED 2u  // asked for with __GFP_ACCOUNT
_Static_assert(sizeof(struct quarry_page_frame) == sizeof(struct quarry_frame), "both describe a page");
_Static_assert(offsetof(struct quarry_page_frame, next) == offsetof(struct quarry_frame, next), "one place");
_Static_assert(offsetof(struct quarry_page_frame, pages) == offsetof(struct quarry_frame, pages), "one place");
_Static_assert(offsetof(struct quarry_page_frame, kind) == offsetof(struct quarry_frame, kind), "one place");

// Which of 512 leaves are free: see BuddyMap.swift. Guarded by: the zone's lock
struct quarry_buddy_map {
  uint64_t free[8];  // one bit for each leaf
  uint64_t orders;   // for each word of `free` a byte: bit o, it has a free block of exactly this order; bit 6, all is free
};

// 2 MiB of the zone. Guarded by: the zone's lock
struct quarry_pageblock {
  struct quarry_buddy_map map;  // of its pages; empty when all of them are free, which the gigablock's says
  uint32_t touched_free;        // pages that are free and touched
  uint32_t migrate_type;        // QUARRY_MIGRATE_*. When not movable, the map tells of the type's own free pages
  uint32_t typed_next;          // pageblocks of the same type, by number; 0 ends
  uint32_t typed_previous;
  uint32_t padding[10];
  uint64_t touched[8];          // one bit for each page: its content may differ from zero, and it may be resident
};
// Movable is what malloc uses, and the type of every pageblock that was not set aside for another one.
#define QUARRY_MIGRATE_MOVABLE 0
#define QUARRY_MIGRATE_UNMOVABLE 1
#define QUARRY_MIGRATE_RECLAIMABLE 2
#define QUARRY_MIGRATE_COUNT 3

// 1 GiB of the zone. Its 512 pageblocks follow it in memory. Guarded by: the zone's lock
struct quarry_gigablock {
  struct quarry_buddy_map map;  // of its pageblocks: orders 9 to 18
  uint64_t available[9][8];     // for each order below 9: the pageblocks that have a free block of it
  uint16_t longest_runs[512];   // a hint for each pageblock: see FreeRuns.swift
  uint16_t longest_run;         // and one above all of them
  uint16_t padding[27];
};
#define QUARRY_PAGEBLOCKS_PER_GIGABLOCK 512
#define QUARRY_GIGABLOCK_STRIDE \
  (sizeof(struct quarry_gigablock) + QUARRY_PAGEBLOCKS_PER_GIGABLOCK * sizeof(struct quarry_pageblock))

// The zone: one window of addresses, opened from its base upwards.
struct quarry_zone {
  // Read-only after boot, but for extent, which grows under the lock and is read without it.
  uintptr_t base;
  uintptr_t extent;  // bytes open to programs
  uint64_t *_Nullable page_map;
  uint64_t key;  // secret that is mixed into links
  struct quarry_frame *_Nullable frames;
  uintptr_t gigablocks;  // address of gigablock record 0
  uintptr_t heaps;       // address of heap record 0
  uint64_t magic;        // QUARRY_MAGIC ^ the record's own address, set last: other processes find the record by it

  // Read-only after boot. The version follows the magic in every version.
  uint32_t layout_version;
  uint32_t reserved;                                          // 1 when the window was mapped ahead, without access
  uint64_t class_inverse[QUARRY_CLASS_COUNT];                 // see SizeClass.inverse
  uint8_t code_of_size[QUARRY_TABLE_LIMIT / 8 + 1];          // code of the class by (size + 7) / 8
  uint8_t code_of_large_size[QUARRY_OBJECT_LIMIT / 128 + 1];  // by (size + 127) / 128
  uint8_t slab_lengths[QUARRY_CLASS_COUNT];                   // see SlabLengths. 0 until the class has a slab; then whoever
                                                              // writes it writes the same
  uint8_t padding0[1];
  uint32_t system_page;  // bytes
  uint64_t window;       // bytes that the zone may grow to
  uint64_t heap_limit;   // heap records that fit
  uint64_t limit_pages;  // that may be charged; 0: no limit. Set by boot, or by the first use of the kernel interface
  uint64_t min_pages;    // of these, what is kept for urgent requests: the min watermark
  uint64_t charged_elsewhere;  // atomic: pages in use in the zones of low addresses

  // Guarded by: lock
  struct quarry_lock lock;
  uint32_t order_mask;                               // bit o: there is a free block of order o
  uint64_t free_pages;
  uint64_t touched_free_pages;
  uint64_t touched_low_water;                        // fewest touched_free_pages since the last look
  uint64_t touched_high_water;                       // most of them since then
  uint64_t purge_cursor;                             // where the search for free touched pages begins, downwards
  uint64_t opened[3];                                // bytes open of each metadata table
  uint64_t keep_floor;                               // pages: see Reclaim
  uint32_t huge_skips;                               // huge pages that are not asked for; all ones: never any. An option
  uint32_t huge_backoff;                             // as many are left out after the next slow one, and more; 0 at first
  uint32_t watched_first;                            // the run of which is watched whether the program fills it: page index
  uint32_t watched_pages;                            // of that run; 0: none is
  uint64_t filled_pages;                             // of large runs to come that may be faulted in ahead
  uint64_t purged_pages;                             // ever
  uint64_t refaulted_pages;                          // of these, faulted in again since keep_floor last grew for it
  uint64_t recently_purged;                          // pages since the last look, less those that were faulted in again
  uint64_t refused_pages;                            // free and touched, most of them that the system refused to take
                                                     // back; 0 once it refuses none
  uint64_t look_time;                                // milliseconds, of the last look at what is free
  uint64_t slack_pages;                              // of slabs, beyond what objects in use needed: the heaps' sum
  uint64_t skipped_pages;                            // within the extent, where somebody else's mappings lie, or nothing
  uint64_t unmapped_first;                           // blocks where nothing does, by page index: see Unmapped. 0 when none
  uint64_t purging;                                  // ranges on their way to the system, out of all books
  uint64_t unbalanced;                               // 1 when pages came back since Balance last looked at their number
  uint64_t lock_count;                               // acquisitions, for the statistics
  uint64_t typed_free[QUARRY_MIGRATE_COUNT];         // free pages in pageblocks of each type but movable
  uint64_t typed_untouched;                          // those of them that are certain to be zero
  uint32_t typed_first[QUARRY_MIGRATE_COUNT];        // pageblocks of each type, by number; 0 when none
  uint32_t typed_blocks[QUARRY_MIGRATE_COUNT];
  uint64_t lock_waits;                               // of lock_count, those that found the lock held
  uint32_t unmerged[QUARRY_UNMERGED_RUNS];           // runs that went back a moment ago, by page index: see UnmergedRuns
  uint32_t unmerged_count;
  uint32_t unmerged_pages;                           // of all of them
  uint64_t unmerged_most;                            // the most that unmerged_pages was since it was 0
  uint64_t available[QUARRY_ORDER_COUNT][QUARRY_GIGABLOCK_COUNT / 64];  // gigablocks with a free block of the order
};

// A last-in-first-out list of free objects of one class. Guarded by: owner
struct quarry_list {
  uint64_t head;  // offset of the first
  int32_t room;   // objects that may still be pushed
  uint32_t seen;  // what the reaper saw when it last came by
};

// The slabs of one class in one heap, by page index, 0 when none. Guarded by: possession
struct quarry_cache {
  uint32_t first;  // list of slabs that have, or had, free objects at home
  uint32_t last;
  uint32_t fresh;  // the slab whose pages are being touched for the first time
  uint32_t pages;  // of all slabs
};

// Free blocks of up to QUARRY_KEPT_PAGES pages that a heap keeps for its next slabs. Guarded by: possession
struct quarry_thread_pages {
  uint32_t first[QUARRY_KEPT_PAGES];  // by length - 1, page index
  uint32_t pages;                     // of all of them
  uint32_t unneeded;                  // fewest since they last aged
  uint32_t widening;                  // pages that may be kept beyond the floor
  uint32_t overflow;                  // one bit for each length: a block went back for lack of room since one was last requested
};

// Objects of one class on their way to one heap, linked like a list; zero when there are none, so that who looks from
// outside never finds an object in it that was sent on. Guarded by: owner (the sender)
struct quarry_sheaf {
  uint32_t key;    // heap number and class; 0 when unused
  uint32_t count;
  uint32_t limit;  // objects at which it is full
  uint32_t padding;
  uint64_t head;
  uint64_t tail;
};

struct quarry_cache_slot;

// What the fast paths see of a heap.
struct quarry_heap_front {
  struct quarry_list lists[QUARRY_CLASS_COUNT];
  uint64_t tag;          // its number, from 1, as the entries of its pages have it; the empty heap has one that no entry
                         // can hold. QUARRY_HEAP_CLAIMED while somebody else is at work. Guarded by: lock, and read by the
                         // owner
  uint32_t busy;         // 1 while its thread is at work on slabs. Guarded by: owner, and read by who claims
  uint32_t exit_rounds;  // destructor rounds seen. Guarded by: owner
  uint32_t next_idle;    // idle heaps, by number. Guarded by: the registry's lock
  uint64_t events;       // refills, and slabs that became full or empty. Guarded by: owner
  uint64_t homeward;     // objects that went home for want of room on a list. Guarded by: possession, and read by owner
  uint64_t looked_events;  // `events` and `homeward` at the last look at the heap. Guarded by: the look lock
  // What the thread has of each named cache of the kernel interface, by the cache's number. Guarded by: owner; they
  // change under the kernel interface's lock
  struct quarry_cache_slot *_Nullable slots;
  uint64_t slot_count;
  int64_t countdown;  // bytes until something is due; negative when it is so with the request at hand. Guarded by: owner
};

// The heap of a thread. One that does not free others' objects touches the first page alone.
struct quarry_heap {
  struct quarry_heap_front front;
  struct quarry_cache caches[QUARRY_CLASS_COUNT];  // possession
  struct quarry_thread_pages pages;
  uint64_t random;  // state of the generator of distances between samples. Guarded by: owner
  uintptr_t stack_low;   // part of the thread's stack that is known to be mapped, up to its end. Guarded by: owner
  uintptr_t stack_high;
  int64_t beyond_reminder;   // bytes from the end of the countdown to the next sample. Guarded by: owner
  uint32_t reminder;         // bytes of the last countdown to a look at the clock. Guarded by: owner
  uint32_t reminder_time;    // milliseconds, when it began. Guarded by: owner
  uint32_t reminds;          // 1 while looks at the clock are to go on. Guarded by: owner
  uint32_t slack_pages;      // of its slabs, beyond what objects in use needed when that was last counted. Guarded by:
                             // owner, or the look lock while it is quiet; read by anyone as a hint
  uint32_t slack_due;        // low bits of `homeward` from which on its thread estimates that anew. Guarded by: owner
  uint32_t count_due;        // the same from which on it counts. Guarded by: owner
  uint32_t object_size;      // sixteenths of a byte that an object in use needed when that was last counted. Guarded by: owner
  uint32_t slack_looked;     // `slack_pages` when its thread last looked for holes, or less since. Guarded by: owner
  uint32_t holes_behind;     // 1 while there are more slabs than its thread looked into then. Guarded by: owner
  uint32_t looked_outward;   // low bits of `outward` at the last look. Guarded by: the look lock
  uint64_t outward;          // objects that left its slabs, less those that came home otherwise than `homeward` counts.
                             // Guarded by: possession
  // By class: how often the least list is doubled, and QUARRY_SWING_HOME. Guarded by: owner
  uint8_t swings[QUARRY_CLASS_COUNT];
  // What other threads touch:
  uint32_t state;                      // QUARRY_HEAP_*. Guarded by: the registry's lock
  struct quarry_lock lock;
  uint32_t crowded;                    // 1 + a class of which much waits in the inbox, and << 8 the low 24 bits of the
                                       // milliseconds when its thread was asked to look. 0 once it did. atomic
  uint32_t torn;                       // 1 when its thread may have been at work while another forked. Guarded by: lock
  uint64_t inbox[QUARRY_CLASS_COUNT];  // atomic: count << 40 | offset of the first object
  uint64_t posted;                     // atomic: bytes that wait in all of them, or are about to
  uint32_t seen_events;                // atomic: low bits of `events` when `posted` last grew by a share: see Sheaf.swift
  uint32_t padding1;
  uint64_t padding2[3];
  struct quarry_sheaf sheaves[QUARRY_SHEAF_COUNT];  // possession
};
// An object found no room on the list and changed the state of its slab, since the list was last refilled.
#define QUARRY_SWING_HOME 0x80
#define QUARRY_HEAP_CLAIMED 0x4000000000000000ul
#define QUARRY_HEAP_UNUSED 0
#define QUARRY_HEAP_ACTIVE 1
#define QUARRY_HEAP_IDLE 2  // its thread ended: whoever locks it may drain it
#define QUARRY_HEAP_TORN 3  // its thread was at work when another forked, and this is the child: nobody may touch it
_Static_assert(offsetof(struct quarry_zone, magic) == 56, "the magic is where every version has it");
_Static_assert(offsetof(struct quarry_zone, layout_version) == 64, "the version follows the magic");
_Static_assert(sizeof(struct quarry_frame) == 32, "a frame is 32 bytes");
_Static_assert(sizeof(struct quarry_pageblock) == 192, "a pageblock is three cache lines");
_Static_assert(offsetof(struct quarry_heap, padding2) <= 4096, "what every heap needs fits a page");
_Static_assert(sizeof(struct quarry_heap) <= QUARRY_HEAP_STRIDE, "a heap fits its stride");

// A block with a mapping of its own. Guarded by: the registry's area_lock
struct quarry_area {
  uintptr_t address;  // 0: free slot, 1: removed
  uintptr_t bytes;
  uint64_t sampled_size;  // bytes requested, when it is a sample of the heap profile; else 0
  uint32_t stack;         // and as in struct quarry_sample_frame
  uint32_t heap;
};

// What the kernel interface, a layer above, does for the layers below. NULL until a program uses that interface.
// Set once, before the first block of it exists. atomic
struct quarry_kernel_hooks {
  // Whether an address beyond the zone is one of the interface: not 0 for those of the zones of low addresses.
  int (*holds)(uintptr_t address);
  // Frees a block on a page of kind QUARRY_ENTRY_KERNEL, or one that `holds` knows; and its usable bytes. `function` is the
  // address of the name that the program called, a StaticString. Both end the process where no live block begins at the
  // address.
  void (*free)(uintptr_t address, const void *function);
  size_t (*usable_size)(uintptr_t address, const void *function);
  // The thread of this heap ends.
  void (*thread_ends)(uintptr_t heap);
  // Before a fork, after it in the parent, after it in the child: QUARRY_FORK_*. Called with the heaps' locks held, the
  // area's and the zone's not.
  void (*fork)(int phase);
  // Kswapd looks, at its due time or because it was woken: not 0 when it has to come again.
  int (*kswapd_looks)(int is_due);
  // Where its records of pages are, a struct quarry_kernel_memory, for other processes that read them.
  uintptr_t memory;
};
#define QUARRY_FORK_PREPARE 0
#define QUARRY_FORK_PARENT 1
#define QUARRY_FORK_CHILD 2

struct quarry_stack_table;

// The heaps, and the blocks with mappings of their own.
struct quarry_registry {
  struct quarry_lock lock;
  uint32_t heap_count;  // numbers given out are 1 ... heap_count. Guarded by: lock
  uint32_t idle_head;   // Guarded by: lock
  uint32_t idle_count;  // atomic
  uint32_t active_count;  // atomic
  uint32_t boot_state;  // atomic: 0 not begun, or failed; 1 under way; 2 done
  uint64_t heap_bytes_open;  // Guarded by: lock

  struct quarry_lock area_lock;
  uint32_t area_slots;
  struct quarry_area *_Nullable areas;  // open addressing, a power of two of slots. Guarded by: area_lock
  uint64_t area_count;                  // Guarded by: area_lock
  uint64_t area_used;                   // slots that are not free. Guarded by: area_lock
  uint64_t area_bytes;                  // Guarded by: area_lock

  // The thread between the fork handlers holds every lock; it passes them all. 0 when nobody forks. atomic
  uintptr_t forking_thread;
  // The thread that ends the process because of a misuse, 0 before. atomic
  uintptr_t speaker;
  // Options, read once at boot.
  uint32_t option_foreign;  // QUARRY_FOREIGN_*
  uint32_t option_drop_deepbind;  // 1: dlopen drops RTLD_DEEPBIND
  uint32_t option_inspect;   // 1: every process of the user may read this one's memory
  uint32_t exit_key;         // pthread key whose destructor takes a thread's heap back
  uint32_t has_exit_key;     // 1 once the constructor made it
  const struct quarry_kernel_hooks *_Nullable kernel_hooks;  // atomic

  uint32_t option_kswapd;        // QUARRY_KSWAPD_*
  uint32_t is_threaded;          // 1 once two heaps were active at a time. Guarded by: lock
  uint32_t process;              // number of the process that booted: in a vfork's child no thread may be started
  uint32_t kswapd_state;         // QUARRY_KSWAPD_ABSENT and so on, on which it waits. atomic
  uint32_t kswapd_running;       // number of the thread, 0 once it is gone. Set by the system
  struct quarry_lock look_lock;  // one looks at what is idle at a time. Only tried, never waited for
  uint64_t kswapd_refused_time;  // milliseconds, when the system last refused one. Guarded by: who left ABSENT

  uint64_t sample_interval;                     // mean distance of samples in bytes; 0: none are taken. An option
  struct quarry_stack_table *_Nullable stacks;  // atomic: NULL before the first sample
  uintptr_t find_object;                        // the C library's _dl_find_object; 0 before the constructor, or without one
};
#define QUARRY_KSWAPD_AUTO 0
#define QUARRY_KSWAPD_ON 1
#define QUARRY_KSWAPD_OFF 2
#define QUARRY_KSWAPD_ABSENT 0  // no thread, or one that only has to end
#define QUARRY_KSWAPD_QUIET 1   // it runs, and nothing came up since it last looked
#define QUARRY_KSWAPD_CALLED 2  // it runs, and something did
#define QUARRY_KSWAPD_WOKEN 3   // and cannot wait until it looks next
#define QUARRY_FOREIGN_ABORT 0
#define QUARRY_FOREIGN_LIBC 1
#define QUARRY_FOREIGN_IGNORE 2

struct quarry_records {
  struct quarry_zone zone;
  struct quarry_registry registry __attribute__((aligned(64)));
};
extern struct quarry_records quarry_records;
extern struct quarry_heap_front quarry_empty_heap;
extern struct quarry_heap_front quarry_ended_heap;
#pragma clang assume_nonnull end

#include "quarry_accessors.h"
