#!/usr/bin/env bash
# Measures what nodes cost: the same webinar at one node and spread over several, as processes of this machine that are joined by NATS
# inside them. Prints a Markdown table of what a hop adds, what crosses, and the nodes' CPU. Use a quiet machine.
#
#   scripts/bench-nodes.sh                                  1, 2 and 3 nodes
#   NODES="1 3" SUBSCRIBERS=90 DURATION=20s scripts/bench-nodes.sh
#   WORKLOAD=audio TRANSPORT=webtransport scripts/bench-nodes.sh
set -euo pipefail
cd "$(dirname "$0")/.."

NODES=${NODES:-1 2 3}
WORKLOAD=${WORKLOAD:-webinar}
SUBSCRIBERS=${SUBSCRIBERS:-120}
TRANSPORT=${TRANSPORT:-websocket}
DURATION=${DURATION:-10s}
PORT=${PORT:-18400}
# With FLAGS="" everything is encrypted, which the nodes can't tell but the generator can.
FLAGS=${FLAGS---opaque}
CONFAB=${CONFAB:-bin/confab}

folder=$(mktemp -d)
pids=()
# shellcheck disable=SC2317
finish() {
  stop
  rm -rf "$folder"
}
trap finish EXIT

stop() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  pids=()
}

# start runs so many nodes and waits until they know of each other.
start() {
  local secret
  secret=$(head -c 32 /dev/urandom | base64 -w 0)
  for ((i = 0; i < $1; i++)); do
    CONFAB_API_KEYS='' CONFAB_STATE_DIR=$folder CONFAB_CLUSTER_SECRET=$secret "$CONFAB" serve --addr "localhost:$((PORT + i))" --log-level warn \
      --drain 1s --max-connections-per-address 20000 --cluster-listen "127.0.0.1:$((PORT + 100 + i))" --cluster-peers "127.0.0.1:$((PORT + 100))" \
      >>"$folder/banner" 2>>"$folder/log" &
    pids+=($!)
  done
  for ((tries = 0; tries < 100; tries++)); do
    [[ $("$CONFAB" nodes --server "http://localhost:$PORT" 2>/dev/null | grep -c -E 'in reach|asked') -ne $1 ]] || return 0
    sleep 0.2
  done
  echo "the nodes do not find each other; is there a program at $CONFAB (make build)?" >&2
  cat "$folder/log" >&2
  exit 1
}

row() {
  node -e '
    const [file, n] = process.argv.slice(1);
    const r = JSON.parse(require("fs").readFileSync(file, "utf8"));
    const digits = (v) => (v === undefined ? "" : v >= 100 ? v.toFixed(0) : v.toPrecision(3));
    const kinds = [r.audio, r.video, r.farAudio, r.farVideo].filter(Boolean);
    const sum = (of) => kinds.reduce((total, kind) => total + kind[of], 0);
    const hop = (h) => (h ? `${digits(h.p50)} / ${digits(h.p99)}` : "");
    console.log("| " + [
      n, r.subscribers, digits(sum("delivered") / r.seconds), sum("lost"), hop(r.backbone?.audioHop), hop(r.backbone?.videoHop),
      digits(r.node.cpuSeconds), digits(r.node.cpuMicrosecondsPerObject), digits(r.backbone ? r.backbone.bytes / 1e6 : 0),
      Math.round(r.backbone?.messages ?? 0), `${(100 * r.generator.cpuShare).toFixed(0)} %`, r.generator.saturated ? "held up" : "",
    ].join(" | ") + " |");
  ' "$1" "$2"
}

echo "| nodes | subscribers | objects/s | lost | hop adds, audio p50 / p99, ms | video | CPU s of all nodes | µs an object | MB between nodes | messages | generator CPU | |"
echo "|---|---|---|---|---|---|---|---|---|---|---|---|"
for n in $NODES; do
  start "$n"
  flags=()
  for ((i = 0; i < n; i++)); do flags+=(--server-pid "${pids[i]}"); done
  if ((n > 1)); then
    for ((i = 0; i < n; i++)); do flags+=(--subscriber-server "http://localhost:$((PORT + i))"); done
  fi
  # shellcheck disable=SC2086
  "$CONFAB" bench "$WORKLOAD" --server "http://localhost:$PORT" "${flags[@]}" --subscribers "$SUBSCRIBERS" --transport "$TRANSPORT" \
    --duration "$DURATION" --quiet --json $FLAGS >"$folder/report"
  row "$folder/report" "$n"
  stop
done
