#!/usr/bin/env bash
# Builds the examples with the packages of bin/packages, as somebody else's application is built. Two at a time, the longest first.
set -euo pipefail
cd "$(dirname "$0")/.."
export NEXT_TELEMETRY_DISABLED=1

build() {
  cd "examples/$1"
  local output
  output=$({ npm ci --prefer-offline --no-audit --no-fund && npm run build; } 2>&1) || { echo "$output"; exit 1; }
  echo "  examples/$1"
}
export -f build
printf '%s\n' next vue svelte node-backend | xargs -P 2 -I '{}' bash -euc 'build {}'
CGO_ENABLED=0 go build -trimpath -o bin/go-backend ./examples/go-backend
echo "  examples/go-backend"
