#!/usr/bin/env bash
# Runs every fuzz target of the module: scripts/fuzz.sh [INPUTSx|TIME]. The seeds in testdata/fuzz and what earlier runs
# have found are run first. A number of inputs is the default, because Go's fuzzer can end a run of limited time with
# "context deadline exceeded" though nothing was found.
set -euo pipefail
amount=${1:-5000x}
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# Inputs are chosen by the code that they reach. For that all of a test's packages are compiled once more: with a node and its database
# among them that takes longer than a few thousand inputs, so these are chosen blindly.
fuzz() {
  local folder=$1 target=$2 packages
  packages=$(go list -deps -test "$folder") || return
  if [[ $amount != *x || $packages != *nats-server/v2/server* ]]; then
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$amount" "$folder"
    return
  fi
  go test -c -o "$work/test" "$folder" &&
    (cd "$folder" && "$work/test" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "$amount" -test.fuzzcachedir "$work/found")
}

files=$(grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | sort)
for file in $files; do
  for target in $(sed -nE 's/^func (Fuzz[A-Za-z0-9_]*)\(.*/\1/p' "$file"); do
    printf '%-28s %s\n' "$target" "$(dirname "$file")"
    fuzz "$(dirname "$file")" "$target" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  done
done
