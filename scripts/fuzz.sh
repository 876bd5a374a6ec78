#!/usr/bin/env bash
# Runs every fuzz target of the module for a short time: scripts/fuzz.sh [TIME]. The seeds in testdata/fuzz and what
# earlier runs have found are run first.
set -euo pipefail
time=${1:-3s}

targets=$(grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | sort)
for file in $targets; do
  for target in $(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$file"); do
    printf '%-28s %s\n' "$target" "$(dirname "$file")"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$(dirname "$file")" >"${TMPDIR:-/tmp}/fuzz.$$" 2>&1 ||
      { cat "${TMPDIR:-/tmp}/fuzz.$$"; exit 1; }
  done
done
rm -f "${TMPDIR:-/tmp}/fuzz.$$"
