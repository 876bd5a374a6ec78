#!/usr/bin/env bash
# Makes targets, and tells at the end how many seconds each took: scripts/steps.sh build test-go+lint,test-web e2e. Lanes that are joined by + run
# side by side, each line under its lane's name; targets joined by commas follow each other. If one fails, the last lines name what failed in it, for
# it may stand thousands of lines higher.
set -euo pipefail
work=$(mktemp -d)
table=$work/table
touch "$table"

# The lines by which go test, golangci-lint, tsc, Vitest, node --test and make say what failed.
telling='^ *--- FAIL|^panic: |^fatal error: |^SIG|WARNING: DATA RACE|_test\.go:[0-9]+: |^FAIL.+[0-9]s$|^[^ ]+\.(go|ts|tsx|mjs):[0-9]+:[0-9]+|error TS[0-9]+| FAIL |^ *✖ |^not ok|AssertionError|^Error: |^make.*\*\*\*'

finish() {
  local status=$?
  printf '\n── Seconds of each step\n'
  cat "$table"
  printf '%6d  in all\n' "$SECONDS"
  for log in "$work"/*.failed; do
    [ -e "$log" ] || continue
    printf '\n── What failed in %s\n' "$(basename "$log" .failed)"
    grep -E "$telling" "$log" | cut -c1-200 | tail -n 20 || tail -n 20 "$log"
  done
  rm -r "$work"
  exit "$status"
}
trap finish EXIT

lane() {
  local target start log
  for target in ${1//,/ }; do
    start=$SECONDS
    log=$work/$target
    if ! make "$target" 2>&1 | tee "$log"; then
      printf '%6d  %s: failed\n' $((SECONDS - start)) "$target" >>"$table"
      mv "$log" "$log.failed"
      return 1
    fi
    printf '%6d  %s\n' $((SECONDS - start)) "$target" >>"$table"
  done
}

for step in "$@"; do
  lanes=(${step//+/ })
  if [ ${#lanes[@]} = 1 ]; then
    lane "$step"
    continue
  fi
  running=()
  for lane in "${lanes[@]}"; do
    (trap - EXIT; lane "$lane" 2>&1 | sed -u "s/^/${lane%%,*} │ /") &
    running+=($!)
  done
  failed=0
  for one in "${running[@]}"; do
    wait "$one" || failed=1
  done
  [ "$failed" = 0 ] || exit 1
done
