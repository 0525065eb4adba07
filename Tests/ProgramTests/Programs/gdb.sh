#!/usr/bin/env bash
# A debugger on a program that runs on the library, and the debugger on the library itself.
source "$(dirname "$0")/support/common.bash"
need gdb gcc

cat >"$work/program.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pthread.h>

struct node { struct node *next; int value; char name[20]; };

__attribute__((noinline)) static int visit(const struct node *node, int depth) {
  return node ? node->value + visit(node->next, depth + 1) : depth;
}

static void *work(void *list) {
  for (int i = 0; i < 1000; i++) free(malloc((size_t)i * 10 + 1));
  return (void *)(long)visit(list, 0);
}

int main(void) {
  struct node *list = NULL;
  for (int i = 1; i <= 5; i++) {
    struct node *node = malloc(sizeof *node);
    *node = (struct node){ .next = list, .value = i * i };
    snprintf(node->name, sizeof node->name, "node %d", i);
    list = node;
  }
  pthread_t thread;
  void *sum;
  pthread_create(&thread, NULL, work, list);
  pthread_join(thread, &sum);
  printf("sum %ld\n", (long)sum);
  while (list) {
    struct node *next = list->next;
    free(list);
    list = next;
  }
  return 0;
}
END
gcc -O0 -g -pthread -o "$work/program" "$work/program.c"
printf '%s\n' 'set pagination off' 'set confirm off' 'set debuginfod enabled off' 'set width 0' >"$work/settings"
cat >"$work/commands" <<END
set exec-wrapper env LD_PRELOAD=$library
break visit if depth == 5
run
info sharedlibrary
info threads
backtrace
frame 5
print *node
print node->next->name
print (int)strlen(node->name)
print \$block = (char *)malloc(1000)
call (void *)memset(\$block, 65, 999)
print \$block[998]
call (void)free(\$block)
delete
break free
continue
backtrace 3
finish
delete
kill
END
gdb -nx -q -batch -x "$work/settings" -ex run /bin/true >"$work/output" 2>&1 || true
grep -q 'exited normally' "$work/output" || skip "gdb may not trace processes here"

debug() {
  timeout 120 "$@" gdb -nx -q -batch -x "$work/settings" -x "$work/commands" "$work/program" >"$work/output" 2>&1 || {
    cat "$work/output" >&2
    fail "gdb"
  }
  assert_contains "$work/output" "/$library_name" 'Breakpoint 1, .*visit \(node=0x0, depth=5\)' \
    '^#5 .*visit \(node=0x[0-9a-f]+, depth=0\)' '^#6 .*work \(list=' 'value = 25, name = "node 5' '^\$2 = "node 4' \
    '^\$3 = 6$' '^\$4 = 0x[0-9a-f]+' "^\\\$6 = 65 'A'" 'hit Breakpoint 2' '^#0 .*free'
}
debug env

# The program runs to its end when nobody stops it.
timeout 60 gdb -nx -q -batch -x "$work/settings" -ex "set exec-wrapper env LD_PRELOAD=$library" -ex run \
  "$work/program" >"$work/output" 2>&1
assert_contains "$work/output" 'sum 60' 'exited normally'

# A process that runs already: attach, look, let go.
cat >"$work/attach" <<'END'
info sharedlibrary
call (void *)malloc(64)
detach
END
start "${preload[@]}" sleep 60
sleeper=$pid
assert_loaded "$sleeper"
timeout 60 gdb -nx -q -batch -x "$work/settings" -p "$sleeper" -x "$work/attach" >"$work/output" 2>&1 ||
  { cat "$work/output" >&2; fail "gdb -p"; }
assert_contains "$work/output" "/$library_name" '^\$1 = \(void \*\) 0x[0-9a-f]+' 'detached'
has_library "$sleeper" || fail "the process did not outlive the debugger"

# The debugger itself, which looks at its maps by its own Python.
cat >"$work/look" <<'END'
python
import os
print("loaded" if "/" + os.environ["library_name"] in open("/proc/self/maps").read() else "not loaded")
end
END
if gdb -nx -q -batch -ex 'python print(1)' >/dev/null 2>&1; then
  "${preload[@]}" gdb -nx -q -batch -x "$work/look" >"$work/output" 2>&1 || { cat "$work/output" >&2; fail "gdb"; }
  assert_contains "$work/output" '^loaded$'
fi
debug "${preload[@]}"
