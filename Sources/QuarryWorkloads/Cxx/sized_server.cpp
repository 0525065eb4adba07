// The server under load (see server.c) through C++'s operator new and sized delete.
#include "workloads.hpp"

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace {

/// A request with a body of any size: the size is in the object, so that delete can be told.
struct Request {
  uint64_t size;
  uint64_t check;

  static Request *make(size_t size) {
    auto *request = static_cast<Request *>(::operator new(size));
    *request = Request{size, mix(reinterpret_cast<uintptr_t>(request) + size)};
    if (size > sizeof(Request)) reinterpret_cast<char *>(request)[size - 1] = static_cast<char>(request->check);
    return request;
  }

  static size_t drop(Request *request) {
    size_t size = request->size;
    bool intact = request->check == mix(reinterpret_cast<uintptr_t>(request) + size);
    if (size > sizeof(Request)) {
      intact = intact && reinterpret_cast<char *>(request)[size - 1] == static_cast<char>(request->check);
    }
    if (!intact) workload_fail("the request at %p was overwritten", static_cast<void *>(request));
    ::operator delete(request, size);
    return size;
  }
};

struct Server {
  size_t least;
  size_t most;
  size_t replacements;
  std::mutex lock;
  std::condition_variable ended;
  size_t running;  // guarded by `lock`
};

struct Session {
  Server *server;
  Random random;
  size_t generations;
  uint64_t freed = 0;
  std::vector<Request *> requests;

  Request *make() { return Request::make(random_between(&random, server->least, server->most)); }

  void start() { std::thread([this] { run(); }).detach(); }

  void run() {
    for (size_t done = 0; done < server->replacements; done += 1) {
      Request *&slot = requests[random_below(&random, requests.size())];
      freed += Request::drop(slot);
      slot = make();
    }
    generations -= 1;
    if (generations > 0) return start();
    std::lock_guard<std::mutex> guard(server->lock);
    server->running -= 1;
    server->ended.notify_one();
  }
};

uint64_t run(const uint64_t *values) {
  Server server;
  server.least = values[2];
  server.most = values[3];
  server.replacements = values[4];
  server.running = values[0];
  if (server.least > server.most) workload_fail("least is larger than most");

  std::vector<Session> sessions(values[0]);
  for (size_t index = 0; index < sessions.size(); index += 1) {
    Session &session = sessions[index];
    session.server = &server;
    session.random = random_seeded(index);
    session.generations = values[5];
    for (size_t slot = 0; slot < values[1]; slot += 1) session.requests.push_back(session.make());
  }
  for (Session &session : sessions) session.start();
  {
    std::unique_lock<std::mutex> guard(server.lock);
    server.ended.wait(guard, [&] { return server.running == 0; });
  }
  uint64_t result = 0;
  for (Session &session : sessions) {
    for (Request *request : session.requests) session.freed += Request::drop(request);
    result = mix(result ^ session.freed);
  }
  return result;
}

}  // namespace

const Workload sized_server = {
    "sized-server",
    "the server under load with C++'s new and sized delete",
    {{"threads", 1, 1, "threads that run at once"},
     {"slots", 5000, 1, "live blocks of each thread"},
     {"least", 16, 16, "bytes of the smallest block"},
     {"most", 1000, 16, "bytes of the largest block"},
     {"replacements", 200000, 1, "blocks that a thread replaces before it hands over"},
     {"generations", 100, 1, "threads that follow each other"}},
    run,
};
