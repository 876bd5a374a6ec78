#!/usr/bin/env bash
# Fails when generated code or references are not what their sources say: generates them elsewhere and compares.
set -euo pipefail
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
web/node_modules/.bin/buf generate --output "$fresh"
scripts/generate-reference.sh "$fresh/docs/reference"
for folder in internal/wire/pb web/packages/client/src/wire/gen docs/reference; do
  diff -r "$fresh/$folder" "$folder" || { echo "$folder is out of date: run make generate" >&2; exit 1; }
done
