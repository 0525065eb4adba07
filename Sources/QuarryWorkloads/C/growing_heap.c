// A heap that grows to hundreds of MiB of small blocks: a hash table of records with texts of different lengths, filled
// in turn and taken down bucket by bucket: what was allocated in sequence is freed in strides, not at random, since
// waiting for memory would then be all that is measured.
#include "workloads.h"

typedef struct Record {
  struct Record *next;
  uint64_t key;
  char *text;
} Record;

static char *text_make(uint64_t key) {
  size_t length = 8 + key % 41;
  char *text = block_allocated(malloc(length + 1), length + 1);
  for (size_t letter = 0; letter < length; letter += 1) text[letter] = (char)('a' + (key + letter) % 26);
  text[length] = '\0';
  return text;
}

static void text_check(const char *text, uint64_t key) {
  size_t length = 8 + key % 41;
  if (text[0] != (char)('a' + key % 26) || text[length - 1] != (char)('a' + (key + length - 1) % 26)
      || text[length] != '\0') {
    workload_fail("the text of a record was overwritten");
  }
}

/// Adds a record to a bucket; returns how many bytes it takes.
static size_t insert(Record **bucket, uint64_t key) {
  Record *record = block_allocated(malloc(sizeof *record), sizeof *record);
  *record = (Record){*bucket, key, text_make(key)};
  *bucket = record;
  return sizeof *record + 9 + key % 41;
}

/// Frees the records of a bucket; returns a sum over their keys.
static uint64_t take_down(Record *record) {
  uint64_t sum = 0;
  while (record != NULL) {
    text_check(record->text, record->key);
    sum = mix(sum ^ record->key);
    Record *next = record->next;
    free(record->text);
    free(record);
    record = next;
  }
  return sum;
}

/// About four records to a bucket at the standard size.
enum { buckets = 1 << 20 };

static uint64_t run(const uint64_t *values) {
  Random random = random_seeded(0);
  Record **table = array_make(buckets, sizeof(Record *));
  size_t bytes = 0;
  for (size_t bucket = 0; bytes < values[0] << 20; bucket = (bucket + 1) % buckets) {
    bytes += insert(&table[bucket], random_next(&random));
  }
  uint64_t result = 0;
  for (size_t index = 0; index < buckets; index += 1) result = mix(result ^ take_down(table[index]));
  free(table);
  return result;
}

const Workload growing_heap = {
  .name = "growing-heap",
  .summary = "small records until the heap has hundreds of MiB, then all are freed",
  .parameters = {{"goal", 320, 1, "MiB of records"}},
  .run = run,
};
