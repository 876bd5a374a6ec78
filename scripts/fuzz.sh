#!/usr/bin/env bash
# Runs every fuzz target of the module: scripts/fuzz.sh [INPUTSx|TIME]. The seeds in testdata/fuzz and what earlier runs
# have found are run first. A number of inputs is the default, because Go's fuzzer can end a run of limited time with
# "context deadline exceeded" though nothing was found.
set -euo pipefail
amount=${1:-5000x}

targets=$(grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | sort)
for file in $targets; do
  for target in $(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$file"); do
    printf '%-28s %s\n' "$target" "$(dirname "$file")"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$amount" "$(dirname "$file")" >"${TMPDIR:-/tmp}/fuzz.$$" 2>&1 ||
      { cat "${TMPDIR:-/tmp}/fuzz.$$"; exit 1; }
  done
done
rm -f "${TMPDIR:-/tmp}/fuzz.$$"
