#!/usr/bin/env bash
# Runs a sample application and a node for it, until Ctrl-C: scripts/run-sample.sh NAME PORT. The node is bin/confab on
# CONFAB_SAMPLE_NODE_PORT (8080), the application examples/NAME with the pages of web/apps/NAME. What both keep is in
# .cache/NAME, the secrets that they share in .cache/NAME/env.
set -euo pipefail
cd "$(dirname "$0")/.."

name=$1
port=$2
node_port=${CONFAB_SAMPLE_NODE_PORT:-8080}
node=http://localhost:$node_port
origin=http://localhost:$port
data=.cache/$name

mkdir -p "$data"
random() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }
if [ ! -e "$data/env" ]; then
  (umask 077 && printf "export CONFAB_API_KEY='%s:%s' CONFAB_WEBHOOK_SECRET='whsec_%s'\n" "$name" "$(random)" "$(random)" >"$data/env")
fi
# shellcheck disable=SC1091 # made just before
source "$data/env"

pids=()
stop() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait
}
trap stop EXIT
trap 'exit 0' INT TERM

CONFAB_API_KEYS=$CONFAB_API_KEY bin/confab serve --addr ":$node_port" --data-dir "$data/node" --trusted-origin "$origin" \
  --webhook-url "$origin/webhooks/confab" --log-level warn >"$data/node.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do
  curl -fs "$node/readyz" >/dev/null && break
  kill -0 "${pids[0]}" 2>/dev/null || { cat "$data/node.log" >&2; exit 1; }
  sleep 0.1
done
"bin/$name" -addr "localhost:$port" -node "$node" -site "web/apps/$name/dist" -data "$data" -demo &
pids+=($!)
echo "  The video node is on $node, its log in $data/node.log. Ctrl-C stops both."
wait -n
