#!/usr/bin/env bash
# Python's own regression tests of threads and child processes.
source "$(dirname "$0")/support/common.bash"
source "$programs/support/python-tests.bash"

regression_tests test_threading test_subprocess test_thread test_queue
