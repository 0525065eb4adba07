// Commands that start others: all of them are in what is told.

import Foundation
import TestSupport
import Testing

@Suite("What a command starts")
struct ChildrenTests {
  /// Two programs of a shell. Each keeps some blocks of 2000 bytes, puts a file in its place, and goes on when all files
  /// that it is told to wait for are there.
  private static let program = """
    import os, sys, time
    kept = [bytes(2000) for _ in range(int(sys.argv[1]))]
    open(sys.argv[2], "w").close()
    for name in sys.argv[3:]:
      while not os.path.exists(name): os.sched_yield()
    os._exit(0)
    """

  /// - Returns: the words of a shell that starts both, and where the files are.
  private func shell(atOnce: Bool, last: String = ":") throws -> (words: [String], folder: String) {
    let folder = try Scratch.folder()
    try Scratch.write(Self.program, to: "\(folder)/small.py")
    try Scratch.write(Self.program, to: "\(folder)/large.py")
    let script =
      atOnce
      ? "cd \(folder); /usr/bin/python3 small.py 15000 a b & /usr/bin/python3 large.py 20000 b a & wait; \(last)"
      : "cd \(folder); /usr/bin/python3 small.py 15000 a; /usr/bin/python3 large.py 20000 b; \(last)"
    return (["sh", "-c", script], folder)
  }

  /// The programs end when they are held for a last look, in which the other one's memory is seen as well.
  @Test(arguments: [false, true])
  func aReportIsOfAll(_ atOnce: Bool) throws {
    let (words, folder) = try shell(atOnce: atOnce, last: "exit 3")
    let files = ["json", "html", "svg"].flatMap { ["--report", "\(folder)/run.\($0)"] }
    let outcome = try quarry(["run", "--summary"] + files + ["--"] + words).run()
    #expect(outcome.ending == .exit(3), "\(outcome)")
    let report = try object("\(folder)/run.json")
    let processes = try #require(report["processes"] as? [[String: Any]])
    #expect(processes.count == 3 && report["unlisted"] as? Int == 0, "\(processes.map { $0["command"] })")
    for (process, (name, count)) in zip(processes, [("large.py 20000", 20_000), ("small.py 15000", 15_000)]) {
      #expect((process["command"] as? String)?.contains(name) == true)
      let last = try #require(process["last"] as? [String: Any])
      #expect(last["isAtEnd"] as? Bool == true)
      let caches = (last["fragmentation"] as? [String: Any])?["caches"] as? [[String: Any]] ?? []
      #expect(caches.contains { $0["live"] as? Int ?? 0 >= count * 2000 }, "\(name)")
      #expect(process["peakResident"] as? Int ?? 0 > count * 2000)
    }
    #expect((processes[2]["command"] as? String)?.hasPrefix("sh -c ") == true)
    let peak = try #require((report["totals"] as? [String: Any])?["peakResident"] as? Int)
    #expect((peak > 70_000_000) == atOnce, "\(peak)")
    #expect(outcome.errors.contains(" in 3 processes, "), "\(outcome)")

    let page = try Browser.open("\(folder)/run.html")
    #expect(page.errors.isEmpty, "\(page.errors)")
    #expect(NSDictionary(dictionary: page.data() as? [String: Any] ?? [:]).isEqual(to: report))
    let numbers = processes.map { $0["process"] as? Int ?? 0 }
    let rows = page.document.matches(of: /<tr data-process="([0-9]+)">.*?<td data-value="([0-9]+)">/)
    #expect(rows.map { Int($0.1) } == numbers && rows.map { Int($0.2) } == processes.map { $0["peakResident"] as? Int })
    var reader = Command(try Tools.find("xmllint", package: "libxml2-utils"), ["--noout", "\(folder)/run.svg"])
    #expect(try reader.run().ending == .exit(0))
    reader.arguments = ["--html", "--noout", "\(folder)/run.html"]
    _ = try reader.run()
  }

  /// A command whose first thread ends before the others is not over by that: it is looked at until the last one ends.
  @Test func theEndOfTheFirstThreadIsNotTheCommands() throws {
    let folder = try Scratch.folder()
    let source = """
      #include <pthread.h>
      #include <stdlib.h>
      #include <string.h>
      #include <time.h>
      static void *work(void *argument) {
        pthread_join(*(pthread_t *)argument, NULL);
        for (int i = 0; i < 60; i++) {
          memset(malloc(1 << 20), 1, 1 << 20);
          nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        }
        exit(0);
      }
      int main(void) {
        static pthread_t thread, first;
        first = pthread_self();
        pthread_create(&thread, NULL, work, &first);
        pthread_exit(NULL);
      }
      """
    try Scratch.write(source, to: "\(folder)/lead.c")
    let program = try Tools.compile("\(folder)/lead.c", flags: ["-pthread", "-w"])
    let file = "\(folder)/run.json"
    #expect(try quarry(["run", "--report", file, "--", program]).run().ending == .exit(0))
    let process = try #require((try object(file)["processes"] as? [[String: Any]])?.first)
    #expect((process["last"] as? [String: Any])?["isAtEnd"] as? Bool == true)
    #expect(process["peakResident"] as? Int ?? 0 > 60 << 20, "\(process["peakResident"] ?? 0)")
    let end = try quarry(["slabinfo", "--json", "--", program]).run()
    #expect(end.ending == .exit(0) && end.errors.isEmpty, "\(end)")
    let profile = try quarry(["profile", "--sites", "3", "--", program]).run()
    #expect(profile.ending == .exit(0) && profile.output.contains("work"), "\(profile)")
  }

  /// At its end nothing of a process changes any more, though others of its threads may still be on their way out: what is
  /// told of it then is exact. Here that is kswapd, which is at work when a program ends that freed much just before, as
  /// every other time.
  @Test func theLastLookIsExact() throws {
    let folder = try Scratch.folder()
    let source = """
      #include <pthread.h>
      #include <stdlib.h>
      #include <string.h>
      static void *work(void *unused) {
        void *all[400];
        for (int i = 0; i < 400; i++) all[i] = memset(malloc(20000), 1, 20000);
        for (int i = 0; i < 400; i++) free(all[i]);
        return unused;
      }
      int main(void) {
        pthread_t threads[4];
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, NULL);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
      }
      """
    try Scratch.write(source, to: "\(folder)/leaving.c")
    let program = try Tools.compile("\(folder)/leaving.c", flags: ["-w"])
    let file = "\(folder)/run.json"
    for _ in 0..<12 {
      #expect(try quarry(["run", "--report", file, "--", program]).run().ending == .exit(0))
      let last = (try object(file)["processes"] as? [[String: Any]])?.first?["last"] as? [String: Any]
      #expect(last?["isAtEnd"] as? Bool == true)
      #expect((last?["fragmentation"] as? [String: Any])?["bound"] as? Int == 0)
    }
  }

  /// What another thread than the first starts is one of the command's processes, too, and has an end.
  @Test func whatAnyThreadStartsIsHeldAtItsEnd() throws {
    let folder = try Scratch.folder()
    let source = """
      #include <pthread.h>
      #include <stdlib.h>
      static void *work(void *program) {
        for (int i = 0; i < 3; i++) if (system(program) != 0) abort();
        return NULL;
      }
      int main(int count, char **words) {
        pthread_t thread;
        pthread_create(&thread, NULL, work, words[count - 1]);
        pthread_join(thread, NULL);
      }
      """
    try Scratch.write(source, to: "\(folder)/starter.c")
    let starter = try Tools.compile("\(folder)/starter.c", flags: ["-pthread", "-w"])
    let script = "exec /usr/bin/python3 -c 'import os; kept = [bytes(2000) for _ in range(20000)]; os._exit(0)'"
    let file = "\(folder)/run.json"
    #expect(try quarry(["run", "--report", file, "--", starter, script]).run().ending == .exit(0))
    let processes = try #require(try object(file)["processes"] as? [[String: Any]])
    #expect(processes.count == 4)
    for process in processes {
      let last = process["last"] as? [String: Any]
      #expect(last?["isAtEnd"] as? Bool == true, "\(process["command"] ?? "")")
    }
    let profile = try quarry(["profile", "--json", "--", starter, script]).run()
    #expect(profile.ending == .exit(0) && profile.output.contains("4 processes"), "\(profile.output.prefix(300))")
  }

  /// Threads are made and end by the thousand, and programs take the place of programs from any of them.
  @Test func threadsComeAndGo() throws {
    let folder = try Scratch.folder()
    let source = """
      #include <pthread.h>
      #include <stdlib.h>
      #include <string.h>
      #include <unistd.h>
      static void *work(void *unused) { return memset(malloc(3000), 1, 3000); }
      static void *become(void *words) { execv(*(char **)words, words); return NULL; }
      int main(int count, char **words) {
        for (int round = 0; round < 250; round++) {
          pthread_t threads[8];
          for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, work, NULL);
          for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
        }
        if (count < 2) return 4;
        words[1] = NULL;
        pthread_t thread;
        pthread_create(&thread, NULL, become, words);
        pause();
      }
      """
    try Scratch.write(source, to: "\(folder)/threads.c")
    let program = try Tools.compile("\(folder)/threads.c", flags: ["-pthread", "-w"])
    let file = "\(folder)/run.json"
    #expect(
      try quarry(["run", "--options", "sample=off", "--report", file, "--", program, "again"]).run().ending == .exit(4))
    let process = try #require((try object(file)["processes"] as? [[String: Any]])?.first)
    #expect((process["last"] as? [String: Any])?["isAtEnd"] as? Bool == true)
    let caches = ((process["last"] as? [String: Any])?["fragmentation"] as? [String: Any])?["caches"]
    // Of the second program, the first one's blocks being gone with it.
    let live = (caches as? [[String: Any]])?.first { $0["name"] as? String == "malloc-3072" }?["live"] as? Int
    #expect(live == 2000 * 3072, "\(live ?? 0)")
  }

  /// A command whose children are all there until the tool has looked at them.
  private static func children(_ count: Int) -> String {
    """
    \(Watched.waitForLooks)
    ends = os.pipe()
    for _ in range(\(count)):
      if os.fork() == 0:
        os.close(ends[1])
        os.read(ends[0], 1)
        os._exit(0)
    wait_for_looks(os.getppid())
    os.close(ends[1])
    for _ in range(\(count)): os.wait()
    """
  }

  /// However many there are, few files are open at a time.
  @Test func manyProcessesNeedFewFiles() throws {
    let script = Self.children(60)
    let file = try Scratch.folder() + "/run.json"
    var command = try quarry(["run", "--report", file, "--", "/usr/bin/python3", "-S", "-c", script])
    command.limits = ["n": 32]
    #expect(try command.run().ending == .exit(0))
    let processes = try #require(try object(file)["processes"] as? [[String: Any]])
    #expect(
      processes.count == 61 && processes.allSatisfy { $0["trouble"] == nil }, "\(processes.map { $0["trouble"] })")
  }

  /// More children than the system tells of at once.
  @Test func allChildrenAreSeen() throws {
    let outcome = try quarry(["run", "--summary", "--", "/usr/bin/python3", "-S", "-c", Self.children(1200)]).run()
    #expect(outcome.errors.contains(" in 1201 processes, "), "\(outcome)")
  }

  /// Nothing is kept of what vfork starts until it is a program: it has its parent's memory.
  @Test func whatCannotBecomeAProgramIsNone() throws {
    let file = try Scratch.folder() + "/run.json"
    let script = """
      import subprocess
      kept = [bytes(2000) for _ in range(20000)]
      for _ in range(20):
        try: subprocess.run(["/nowhere/at-all"])
        except FileNotFoundError: pass
      """
    #expect(try quarry(["run", "--report", file, "--", "/usr/bin/python3", "-c", script]).run().ending == .exit(0))
    let report = try object(file)
    #expect((report["processes"] as? [Any])?.count == 1)
    #expect((report["totals"] as? [String: Any])?["peakResident"] as? Int ?? 0 < 80_000_000)
  }

  /// Memory is that of both, while both wait until they were looked at; time is that of the children as well.
  @Test func aComparisonIsOfAll() throws {
    let folder = try Scratch.folder()
    let program = """
      \(Watched.waitForLooks)
      import sys, time
      kept = [bytes(2000) for _ in range(int(sys.argv[1]))]
      open(sys.argv[2], "w").close()
      while not os.path.exists(sys.argv[3]): os.sched_yield()
      wait_for_looks(sys.argv[4])
      open("times", "a").write(f"{time.process_time()}\\n")
      """
    try Scratch.write(program, to: "\(folder)/program.py")
    let script = """
      cd \(folder); p() { /usr/bin/python3 program.py "$@" $PPID; }
      p 15000 a b & p 20000 b a & wait
      """
    let outcome = try quarry(["compare", "-n", "1", "--with", "glibc", "--json", "--", "sh", "-c", script]).run()
    #expect(outcome.ending == .exit(0), "\(outcome)")
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let allocator = try #require((object?["allocators"] as? [[String: Any]])?.first)
    let run = try #require((allocator["runs"] as? [[String: Any]])?.first)
    #expect(run["peak"] as? Int ?? 0 > 70_000_000, "\(run)")
    #expect((allocator["curve"] as? [[String: Any]])?.contains { $0["bytes"] as? Int ?? 0 > 70_000_000 } == true)
    let times = try Scratch.read("\(folder)/times").split(separator: "\n").compactMap { Double($0) }
    #expect(times.count == 2 && run["processorSeconds"] as? Double ?? 0 >= times.reduce(0, +), "\(run) \(times)")
  }

  /// A server that a shell starts is found, and told to end through the shell.
  @Test func aServerMayBeStartedByAShell() throws {
    let redis = try Tools.find("redis-server", package: "redis-server")
    let folder = try Scratch.folder()
    let server = "trap 'kill $!' TERM; \(redis) --port 0 --unixsocket \(folder)/redis --save '' --dir \(folder) & wait"
    let outcome = try quarry(
      [
        "compare", "-n", "1", "--with", "glibc", "--load", "redis-cli -s \(folder)/redis ping", "--", "sh", "-c",
        server,
      ]
    ).run()
    #expect(outcome.ending == .exit(0) && outcome.errors.isEmpty, "\(outcome)")
  }
}
