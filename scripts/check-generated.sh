#!/usr/bin/env bash
# Fails when generated code is not what its sources say: generates it elsewhere and compares.
set -euo pipefail
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
web/node_modules/.bin/buf generate --output "$fresh"
for folder in internal/wire/pb web/packages/client/src/wire/gen; do
  diff -r "$fresh/$folder" "$folder" || { echo "$folder is out of date: run make generate" >&2; exit 1; }
done
