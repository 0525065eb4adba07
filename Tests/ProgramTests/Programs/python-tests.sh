#!/usr/bin/env bash
# Python's own regression tests of the types that allocate most.
source "$(dirname "$0")/support/common.bash"
source "$programs/support/python-tests.bash"

regression_tests test_json test_dict test_list test_bytes test_mmap test_gc test_set test_unicode test_array
PYTHONMALLOC=malloc regression_tests test_dict test_list test_bytes test_gc
