#!/usr/bin/env bash
# Java: the virtual machine, its compiler and native parts on several threads, and a child process.
source "$(dirname "$0")/support/common.bash"
need java

mkdir "$work/source"
cat >"$work/source/Work.java" <<'END'
import java.io.*;
import java.nio.ByteBuffer;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.*;
import java.util.zip.*;

public class Work {
  static void checkLibrary() throws IOException {
    String name = System.getenv("library_name");
    if (name != null && !Files.readString(Path.of("/proc/self/maps")).contains("/" + name)) {
      System.err.println("the library is not loaded");
      System.exit(1);
    }
  }

  static long compress(int seed) throws Exception {
    Random random = new Random(seed);
    CRC32 sum = new CRC32();
    for (int round = 0; round < 60; round++) {
      byte[] data = new byte[20000 + random.nextInt(100000)];
      for (int i = 0; i < data.length; i++) data[i] = (byte) (random.nextInt(20) + i % 7);
      Deflater deflater = new Deflater(1 + round % 9);
      deflater.setInput(data);
      deflater.finish();
      byte[] packed = new byte[data.length + 1000];
      int length = 0;
      while (!deflater.finished()) length += deflater.deflate(packed, length, packed.length - length);
      deflater.end();
      Inflater inflater = new Inflater();
      inflater.setInput(packed, 0, length);
      byte[] restored = new byte[data.length];
      int got = inflater.inflate(restored);
      inflater.end();
      if (got != data.length || !Arrays.equals(data, restored)) throw new IllegalStateException("inflated data differ");
      sum.update(packed, 0, length);
    }
    return sum.getValue();
  }

  static long buffers(int seed) {
    Random random = new Random(seed);
    List<ByteBuffer> kept = new ArrayList<>();
    long total = 0;
    for (int i = 0; i < 2000; i++) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(1 + random.nextInt(30000));
      while (buffer.remaining() >= 8) buffer.putLong(seed * 31L + i);
      kept.add(buffer);
      if (kept.size() > 100) {
        ByteBuffer old = kept.remove(random.nextInt(kept.size()));
        old.flip();
        while (old.remaining() >= 8) total += old.getLong();
      }
    }
    return total;
  }

  public static void main(String[] arguments) throws Exception {
    checkLibrary();
    for (int round = 0; round < 2; round++) {
      ExecutorService pool = Executors.newFixedThreadPool(4);
      List<Future<Long>> results = new ArrayList<>();
      for (int seed = 0; seed < 4; seed++) {
        int own = seed;
        results.add(pool.submit(() -> compress(own)));
        results.add(pool.submit(() -> buffers(own)));
      }
      StringBuilder line = new StringBuilder("pool");
      for (Future<Long> result : results) line.append(' ').append(result.get());
      System.out.println(line);
      pool.shutdown();
      System.gc();
    }
    Map<String, Long> counts = IntStream.range(0, 500000).parallel()
        .mapToObj(i -> "key" + i * 7919L % 1009)
        .collect(Collectors.groupingByConcurrent(s -> s, Collectors.counting()));
    System.out.println("streams " + counts.size() + " " + counts.values().stream().mapToLong(Long::longValue).sum());
    List<Thread> threads = new ArrayList<>();
    LongAdder adder = new LongAdder();
    for (int i = 0; i < 300; i++) {
      Thread thread = new Thread(() -> { byte[][] own = new byte[50][1000]; adder.add(own.length * own[0].length); });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) thread.join();
    System.out.println("threads " + adder.sum());
    Process child = new ProcessBuilder("grep", "-c", "", "/proc/self/status").start();
    System.out.println("child " + (child.waitFor() == 0));
  }
}
END
cd "$work"
options=(-Xmx256m -Xss512k)
env -u library_name java "${options[@]}" "$work/source/Work.java" >"$work/expected"
assert_contains "$work/expected" '^streams 1009 500000$' '^threads 15000000$' '^child true$'
for collector in -XX:+UseSerialGC -XX:+UseG1GC; do
  "${preload[@]}" java "${options[@]}" $collector "$work/source/Work.java" >"$work/actual"
  diff "$work/expected" "$work/actual" >&2 || fail "other output with $collector"
done
