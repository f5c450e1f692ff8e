#!/bin/bash
# Plans as EXPLAIN shows them, before and after each rule.
exec "${OUT:-build/release}/tests/slt/slt" tests/plan/*.test
