# shellcheck disable=SC2154 # work and preload are of common.bash
# Runs parts of Python's own test suite on the library.

python=/usr/bin/python3
need $python
$python -c 'import test.libregrtest, test.test_json, test.test_dict' 2>/dev/null ||
  skip "Python's test suite is not installed (package libpython3.x-testsuite)"

# The process that runs the tests looks at its own maps first.
cat >"$work/run.py" <<'END'
import os, runpy, sys
with open("/proc/self/maps") as maps:
    if "/" + os.environ["library_name"] not in maps.read():
        sys.exit("the library is not loaded")
runpy.run_module("test", run_name="__main__", alter_sys=True)
END

# regression_tests NAME…: each must succeed; none may be skipped as a whole.
regression_tests() {
  local status=0 begin=$SECONDS
  mkdir -p "$work/tests"
  (cd "$work/tests" && "${preload[@]}" $python -u "$work/run.py" --timeout 300 -w "$@") >"$work/output" 2>&1 ||
    status=$?
  if ((status != 0)) || ! grep -qE "(^All $# tests OK|^Tests result: SUCCESS|^Result: SUCCESS)" "$work/output"; then
    cat "$work/output" >&2
    fail "status $status from Python's tests: $*"
  fi
  if grep -qE '^[0-9]+ tests? skipped' "$work/output"; then
    cat "$work/output" >&2
    fail "some of Python's tests did not run: $*"
  fi
  echo "$* passed in $((SECONDS - begin)) s"
}
