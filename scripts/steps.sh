#!/usr/bin/env bash
# Makes targets, and tells at the end how many seconds each took: scripts/steps.sh build test-go+lint,test-web e2e. Lanes that are joined by + run
# side by side, each line under its lane's name; targets joined by commas follow each other.
set -euo pipefail
table=$(mktemp)

finish() {
  local status=$?
  printf '\n── Seconds of each step\n'
  cat "$table"
  printf '%6d  in all\n' "$SECONDS"
  rm "$table"
  exit "$status"
}
trap finish EXIT

lane() {
  local target start
  for target in ${1//,/ }; do
    start=$SECONDS
    make "$target" || { printf '%6d  %s: failed\n' $((SECONDS - start)) "$target" >>"$table"; return 1; }
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
