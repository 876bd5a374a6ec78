#!/usr/bin/env bash
# Runs an example on http://localhost:5173, and a node for it on http://localhost:8080.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?usage: make run-example NAME=html, vue, svelte, next, node-backend or go-backend}
folder=examples/$name
[ -d "$folder" ] || { echo "There is no $folder" >&2; exit 1; }
origin=http://localhost:5173
export CONFAB_NODE=http://localhost:8080 ADDR=localhost:5173 PORT=5173 NEXT_TELEMETRY_DISABLED=1
flags=(--addr localhost:8080 --trusted-origin "$origin")

case $name in
  *-backend | next)
    # Back ends let people in: the node takes nobody without a join token.
    CONFAB_API_KEY=example:$(openssl rand -hex 32)
    export CONFAB_API_KEY CONFAB_API_KEYS=$CONFAB_API_KEY
    ;;
esac
if [ "$name" = node-backend ]; then
  CONFAB_WEBHOOK_SECRET=whsec_$(openssl rand -base64 32)
  export CONFAB_WEBHOOK_SECRET
  flags+=(--webhook-url "$origin/webhooks/confab")
fi
bin/confab serve "${flags[@]}" &
trap "kill $! 2>/dev/null; wait" EXIT

if [ -f "$folder/package.json" ]; then
  cd "$folder"
  npm ci --prefer-offline --no-audit --no-fund
  npm run dev
elif [ -f "$folder/index.html" ]; then
  npx --yes http-server@14.1.1 "$folder" -a localhost -p 5173 -c-1
else
  go run "./$folder"
fi
