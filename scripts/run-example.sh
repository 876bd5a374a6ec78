#!/usr/bin/env bash
# Runs an example on http://localhost:5173, and a node for it on http://localhost:8080.
set -euo pipefail
name=${1:?usage: run-example.sh NAME, a folder in examples/}
folder=examples/$name
export CONFAB_NODE=http://localhost:8080 ADDR=localhost:5173 PORT=5173

case $name in
  *-backend)
    # Back ends let people in: the node takes nobody without a join token.
    CONFAB_API_KEY=example:$(openssl rand -hex 32)
    export CONFAB_API_KEY CONFAB_API_KEYS=$CONFAB_API_KEY
    ;;
esac
bin/confab serve --addr localhost:8080 --trusted-origin http://localhost:5173 &
trap "kill $!" EXIT

if [ -f "$folder/package.json" ]; then
  cd "$folder"
  npm ci --no-audit --no-fund
  npm run dev
else
  go run "./$folder"
fi
