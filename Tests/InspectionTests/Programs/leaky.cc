// Blocks that are lost: a list of five 48-byte nodes, seven blocks of 1000 bytes, one of 100000, and one with a mapping of
// its own. Others are held by all that can hold a pointer: static data, the stacks and thread-local storage of two
// threads, mapped memory, other blocks, and a pointer into the middle.
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

struct Node {
  Node *next;
  char content[40];
};

static Node *push(Node *list) {
  auto *node = static_cast<Node *>(calloc(1, sizeof(Node)));
  node->next = list;
  return node;
}

static void *volatile fixed;
static thread_local void *volatile local;
static void **volatile mapped;
static char *volatile inside;

__attribute__((noinline)) static void lose() {
  Node *list = nullptr;
  for (int i = 0; i < 5; i++) list = push(list);
  for (int i = 0; i < 7; i++) memset(malloc(1000), i, 1000);
  memset(malloc(100000), 1, 100000);
  memset(malloc(size_t(40) << 20), 1, 4096);
}

// Whatever the calls before left on the stack is written over.
__attribute__((noinline)) static void forget() {
  volatile char space[16384];
  for (size_t i = 0; i < sizeof space; i++) space[i] = 0;
}

__attribute__((noinline)) static void keep() {
  fixed = push(push(nullptr));
  local = malloc(2000);
  mapped = static_cast<void **>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mapped[17] = malloc(3000);
  inside = static_cast<char *>(malloc(200000)) + 150000;
}

int main() {
  setvbuf(stdout, nullptr, _IONBF, 0);
  std::atomic<bool> ready = false;
  std::thread([&] {
    keep();
    void *volatile held = malloc(5000);
    lose();
    forget();
    ready = true;
    while (held != nullptr) std::this_thread::sleep_for(std::chrono::hours(1));
  }).detach();
  while (!ready) std::this_thread::yield();
  local = malloc(7000);
  forget();
  puts("ready");
  getchar();
  return 0;
}
