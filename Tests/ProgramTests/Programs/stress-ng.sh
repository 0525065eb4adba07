#!/usr/bin/env bash
# stress-ng: memory, processes and threads, bounded in operations and time.
source "$(dirname "$0")/support/common.bash"
need stress-ng
cd "$work"

# stress NAME SECONDS OPTION…: all operations within the time, each verified where stress-ng can.
stress() {
  local name=$1 seconds=$2 process
  shift 2
  start "${preload[@]}" stress-ng --no-rand-seed --timeout "${seconds}s" --verify --metrics-brief --oomable \
    --temp-path "$work" "$@" >"$work/output" 2>&1
  process=$pid
  assert_loaded "$process"
  wait "$process" || { cat "$work/output" >&2; fail "stress-ng $name"; }
  assert_contains "$work/output" 'successful run completed' "$name +[1-9]"
  if grep -Ei 'stress-ng: (fail|error)|OOM|killed' "$work/output" >&2; then fail "stress-ng $name"; fi
  grep -E "metrc.* $name " "$work/output" | head -n 1
}

stress malloc 60 --malloc 2 --malloc-ops 60000 --malloc-bytes 64M --malloc-max 20000
stress malloc 60 --malloc 2 --malloc-ops 200000 --malloc-bytes 4M --malloc-pthreads 3
stress malloc 60 --malloc 2 --malloc-ops 400 --malloc-bytes 8M --malloc-touch --malloc-thresh 64K
stress mmap 60 --mmap 2 --mmap-ops 40 --mmap-bytes 16M
stress fork 60 --fork 2 --fork-ops 2000
stress pthread 60 --pthread 2 --pthread-ops 1000 --pthread-max 64
stress vm 60 --vm 2 --vm-ops 20000 --vm-bytes 32M
stress str 60 --str 1 --str-ops 50000
stress qsort 60 --qsort 1 --qsort-ops 5
stress tree 60 --tree 1 --tree-ops 3 --tree-size 100000
stress bigheap 60 --bigheap 1 --bigheap-ops 1000 --bigheap-growth 64K

# stress-ng's own brk stressor writes below the break it starts at. Where malloc does not live there, nothing
# is, and it dies of that at once, whoever serves malloc. So the break is moved here, with malloc at work
# beside it.
cat >"$work/brk.py" <<'END'
import ctypes, os, sys
if "/" + os.environ["library_name"] not in open("/proc/self/maps").read():
    sys.exit("the library is not loaded")
libc = ctypes.CDLL(None, use_errno=True)
libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, [ctypes.c_ssize_t]
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
start, size = libc.sbrk(0), 4 << 20
for round in range(20):
    blocks = [libc.malloc(1000 * n + 1) for n in range(200)]
    area = libc.sbrk(size)
    assert area == start, "somebody else moved the break"
    ctypes.memset(area, round + 1, size)
    for block in blocks:
        ctypes.memset(block, 0xff, 1)
        libc.free(block)
    assert ctypes.string_at(area, size) == bytes([round + 1]) * size, "somebody else wrote above the break"
    assert libc.sbrk(-size) == start + size
print("brk: 20 rounds")
END
"${preload[@]}" PYTHONMALLOC=malloc /usr/bin/python3 "$work/brk.py"
