// A server under load, after Larson's and Krishnan's simulation: each thread keeps an array of live blocks, replaces
// random ones by blocks of random sizes, and after a while hands the whole array to a new thread and ends. So most
// blocks are freed by another thread than the one that allocated them, and many outlive their thread.
#include "workloads.h"

#include <pthread.h>
#include <string.h>

typedef struct {
  size_t slots;
  size_t least;
  size_t most;
  size_t replacements;
  pthread_mutex_t lock;
  pthread_cond_t ended;
  size_t running;  // guarded by `lock`
} Server;

/// One array of blocks with what goes from thread to thread along with it.
typedef struct {
  Server *server;
  Random random;
  size_t generations;  // threads still to come
  uint64_t freed;      // bytes
  void **blocks;
} Session;

static void *session_main(void *argument);

static void session_start(Session *session) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread;
  int error = pthread_create(&thread, &attributes, session_main, session);
  if (error != 0) workload_fail("cannot start a thread: %s", strerror(error));
  pthread_attr_destroy(&attributes);
}

static void *session_main(void *argument) {
  Session *session = argument;
  Server *server = session->server;
  Random random = session->random;
  for (size_t done = 0; done < server->replacements; done += 1) {
    size_t slot = random_below(&random, server->slots);
    session->freed += block_drop(session->blocks[slot]);
    session->blocks[slot] = block_make(random_between(&random, server->least, server->most));
  }
  session->random = random;
  session->generations -= 1;
  if (session->generations > 0) {
    session_start(session);
    return NULL;
  }
  pthread_mutex_lock(&server->lock);
  server->running -= 1;
  pthread_cond_signal(&server->ended);
  pthread_mutex_unlock(&server->lock);
  return NULL;
}

static uint64_t run(const uint64_t *values) {
  Server server = {
    .slots = values[1], .least = values[2], .most = values[3], .replacements = values[4], .running = values[0]};
  if (server.least > server.most) workload_fail("least is larger than most");
  pthread_mutex_init(&server.lock, NULL);
  pthread_cond_init(&server.ended, NULL);

  Session *sessions = array_make(values[0], sizeof(Session));
  for (size_t index = 0; index < values[0]; index += 1) {
    Session *session = &sessions[index];
    *session = (Session){.server = &server, .random = random_seeded(index), .generations = values[5]};
    session->blocks = array_make(server.slots, sizeof(void *));
    for (size_t slot = 0; slot < server.slots; slot += 1) {
      session->blocks[slot] = block_make(random_between(&session->random, server.least, server.most));
    }
  }
  for (size_t index = 0; index < values[0]; index += 1) session_start(&sessions[index]);
  pthread_mutex_lock(&server.lock);
  while (server.running > 0) pthread_cond_wait(&server.ended, &server.lock);
  pthread_mutex_unlock(&server.lock);

  uint64_t result = 0;
  for (size_t index = 0; index < values[0]; index += 1) {
    for (size_t slot = 0; slot < server.slots; slot += 1) sessions[index].freed += block_drop(sessions[index].blocks[slot]);
    free(sessions[index].blocks);
    result = mix(result ^ sessions[index].freed);
  }
  free(sessions);
  return result;
}

const Workload server = {
  .name = "server",
  .summary = "a server under load; blocks are handed to new threads and outlive their own",
  .parameters = {{"threads", 1, 1, "threads that run at once"},
                 {"slots", 5000, 1, "live blocks of each thread"},
                 {"least", 8, 8, "bytes of the smallest block"},
                 {"most", 1000, 8, "bytes of the largest block"},
                 {"replacements", 200000, 1, "blocks that a thread replaces before it hands over"},
                 {"generations", 100, 1, "threads that follow each other"}},
  .run = run,
};
