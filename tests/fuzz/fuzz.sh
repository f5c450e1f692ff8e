#!/bin/sh
# Runs each fuzz target for SECONDS_EACH seconds. Begins with the inputs of tests/data/fuzz; prints the edges covered;
# an input that crashes becomes a file there. OUT is where the targets were built.
set -u
passed=0
failed=0
for target in "$OUT"/tests/fuzz/fuzz_*; do
    case $target in *.o | *.d) continue ;; esac
    name=${target##*/fuzz_}
    kept=tests/data/fuzz/$name
    corpus=$OUT/corpus/$name
    mkdir -p "$kept" "$corpus"
    dictionary=
    [ -f "tests/fuzz/$name.dict" ] && dictionary=-dict=tests/fuzz/$name.dict
    log=$OUT/fuzz_$name.log
    # shellcheck disable=SC2086
    if "$target" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="$kept/crash-" $dictionary "$corpus" "$kept" >"$log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        tail -n 40 "$log"
    fi
    edges=$(grep -o 'cov: [0-9]*' "$log" | tail -n 1)
    runs=$(grep -o 'number_of_executed_units: [0-9]*' "$log" | tail -n 1)
    echo "fuzz_$name: edges ${edges#cov: }, runs ${runs##*: }"
done
echo "fuzz: $passed passed, $failed failed"
[ "$failed" = 0 ]
