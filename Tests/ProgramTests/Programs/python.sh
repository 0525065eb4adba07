#!/usr/bin/env bash
# Python's own work: threads, processes by all three start methods, and extension modules that allocate by
# themselves. Once with Python's small-object allocator above ours, once with every object straight from
# malloc.
source "$(dirname "$0")/support/common.bash"
python=/usr/bin/python3
need $python

cat >"$work/program.py" <<'END'
import concurrent.futures, ctypes, decimal, gc, hashlib, json, mmap, multiprocessing, os, pickle, queue, random
import re, sqlite3, subprocess, sys, threading, weakref, zlib

def check_library():
    with open("/proc/self/maps") as maps:
        if "/" + os.environ["library_name"] not in maps.read():
            sys.exit("the library is not loaded")

def digest(value):
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]

def churn(seed):
    """Objects of many sizes with mixed life times; the result depends on every one of them."""
    check_library()
    source = random.Random(seed)
    kept, state = {}, 0
    for step in range(12000):
        key = source.randrange(3000)
        kept[key] = source.choice((bytes, bytearray))(source.randrange(1, 3000)) if step % 3 else [step] * (key % 200)
        if step % 5 == 0:
            kept.pop(source.randrange(3000), None)
        state = zlib.crc32(bytes(str(len(kept.get(key, ()))), "ascii"), state)
    return state

def through_a_queue(count):
    """Objects allocated in one thread and freed in another."""
    channel, sums = queue.Queue(100), []
    def consume():
        total = 0
        while (item := channel.get()) is not None:
            total += sum(item)
        sums.append(total)
    threads = [threading.Thread(target=consume) for _ in range(4)]
    for thread in threads: thread.start()
    for number in range(count):
        channel.put(list(range(number % 50)))
    for _ in threads: channel.put(None)
    for thread in threads: thread.join()
    return sum(sums)

class Node:
    pass

def cycles(count):
    for _ in range(count):
        a, b = Node(), Node()
        a.other, b.other, a.data = b, a, bytes(500)
    alive = weakref.ref(a)
    del a, b
    gc.collect()
    return alive() is None

def main():
    check_library()
    seeds = list(range(8))
    serial = [churn(seed) for seed in seeds[:4]]
    print("churn", digest(serial))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        print("threads", list(pool.map(churn, seeds[:4])) == serial)
    print("queue", through_a_queue(20000))
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, pool.map(churn, seeds[:4]) == serial)

    # Forking while other threads are in the middle of allocating.
    stop = threading.Event()
    def allocate():
        while not stop.is_set():
            bytes(random.randrange(1, 5000)); [object() for _ in range(50)]
    threads = [threading.Thread(target=allocate) for _ in range(3)]
    for thread in threads: thread.start()
    statuses = []
    for number in range(60):
        child = os.fork()
        if child == 0:
            values = [bytes(n) for n in range(2000)]
            os._exit(sum(map(len, values)) % 200)
        statuses.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    stop.set()
    for thread in threads: thread.join()
    print("forks", set(statuses) == {sum(range(2000)) % 200})

    records = [{"id": n, "name": "name %d" % n, "values": [n * 0.5, None, True, "é" * (n % 9)]} for n in range(20000)]
    print("json", json.loads(json.dumps(records)) == records, digest(json.dumps(records)))
    print("pickle", pickle.loads(pickle.dumps(records)) == records)
    data = b"".join(b"line %d\n" % n for n in range(200000))
    print("zlib", zlib.decompress(zlib.compress(data, 6)) == data, hashlib.sha256(data).hexdigest()[:16])
    print("re", len(re.findall(rb"line \d*7\d*\n", data)))
    decimal.getcontext().prec = 3000
    print("decimal", digest(decimal.Decimal(2).sqrt()), digest(hex(3 ** 20000)))
    base = sqlite3.connect(":memory:")
    base.execute("create table t (a integer primary key, b text)")
    base.executemany("insert into t values (?, ?)", ((n, "text %d" % (n * 7919 % 10007)) for n in range(50000)))
    base.execute("create index i on t (b)")
    print("sqlite", base.execute("select count(*), count(distinct b), max(b) from t").fetchone())
    print("cycles", cycles(30000))

    libc = ctypes.CDLL(None)
    libc.malloc.restype = libc.realloc.restype = ctypes.c_void_p
    libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
    libc.realloc.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    block = libc.malloc(100)
    ctypes.memset(block, 65, 100)
    block = libc.realloc(block, 100000)
    print("ctypes", ctypes.string_at(block, 100) == b"A" * 100)
    libc.free(block)
    shared = mmap.mmap(-1, 1 << 20)
    shared[:5] = b"hello"
    print("mmap", shared[:6])
    echo = subprocess.run([sys.executable, "-c", "print(sum(range(100000)))"], capture_output=True, text=True)
    print("subprocess", echo.stdout.strip(), echo.returncode)

if __name__ == "__main__":
    main()
END

sed '/not in maps.read/,+1d' "$work/program.py" | sed 's/with open("\/proc\/self\/maps") as maps:/pass/' >"$work/reference.py"
$python "$work/reference.py" >"$work/expected"
assert_contains "$work/expected" '^threads True$' '^queue [0-9]+$' '^forks True$' '^cycles True$'
if grep -q False "$work/expected"; then fail "the program is wrong without the library: $(cat "$work/expected")"; fi

"${preload[@]}" $python "$work/program.py" >"$work/actual"
diff "$work/expected" "$work/actual" >&2 || fail "other output"
"${preload[@]}" PYTHONMALLOC=malloc $python "$work/program.py" >"$work/actual"
diff "$work/expected" "$work/actual" >&2 || fail "other output with PYTHONMALLOC=malloc"
