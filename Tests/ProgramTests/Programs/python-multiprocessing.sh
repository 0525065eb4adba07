#!/usr/bin/env bash
# Python's own regression tests of processes that are forked, about 75 seconds; with QUARRY_FULL=1 also of
# those that are started afresh, three minutes more.
source "$(dirname "$0")/support/common.bash"
source "$programs/support/python-tests.bash"

regression_tests test_multiprocessing_fork
if [[ $full ]]; then
  regression_tests test_multiprocessing_spawn test_concurrent_futures
fi
