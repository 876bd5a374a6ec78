#!/usr/bin/env bash
# Runs rooms of five over both transports on one node for a long time, and prints what the node holds as it goes: its memory and
# goroutines must be flat and nothing may be lost. The node has one processor and the generators another.
#
#   scripts/soak.sh                                            half an hour at about half of what a core carries
#   DURATION=2m EVERY=10 scripts/soak.sh
#   ROOMS_WEBSOCKET=4 ROOMS_WEBTRANSPORT=2 scripts/soak.sh
set -euo pipefail
cd "$(dirname "$0")/.."

DURATION=${DURATION:-30m}
EVERY=${EVERY:-60} # seconds between two lines
ROOMS_WEBSOCKET=${ROOMS_WEBSOCKET:-12}
ROOMS_WEBTRANSPORT=${ROOMS_WEBTRANSPORT:-6}
SERVER_CPU=${SERVER_CPU:-0}
GENERATOR_CPU=${GENERATOR_CPU:-1}
FLAGS=${FLAGS---opaque}
CONFAB=${CONFAB:-bin/confab}

folder=$(mktemp -d)
processes=()
# shellcheck disable=SC2317
finish() {
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap finish EXIT

CONFAB_API_KEYS= CONFAB_STATE_DIR=$folder taskset -c "$SERVER_CPU" "$CONFAB" serve --addr :0 --log-level warn --drain 1s \
  --max-connections 20000 --max-connections-per-address 20000 >"$folder/banner" 2>"$folder/log" &
node=$!
processes+=("$node")
address=
until address=$(sed -n 's/.*on this machine *//p' "$folder/banner" | head -n 1) && [[ -n $address ]]; do
  kill -0 "$node" || { cat "$folder/log" >&2; exit 1; }
  sleep 0.1
done

generators=()
for transport in websocket webtransport; do
  rooms=ROOMS_${transport^^}
  # shellcheck disable=SC2086
  CONFAB_API_KEYS= taskset -c "$GENERATOR_CPU" "$CONFAB" bench rooms --server "$address" --rooms "${!rooms}" --transport "$transport" \
    --duration "$DURATION" --quiet $FLAGS >"$folder/$transport" 2>&1 &
  generators+=("$!")
done
processes+=("${generators[@]}")

# metric prints one figure of the node's /metrics as a whole number.
metric() { awk -v name="$1" '$1 == name { printf "%d", $2 }' "$folder/metrics"; }

# dropped prints how many objects the node has not delivered, for whatever reason.
dropped() { awk '/^confab_objects_dropped_total/ { sum += $2 } END { printf "%d", sum }' "$folder/metrics"; }

running() { kill -0 "${generators[0]}" 2>/dev/null && kill -0 "${generators[1]}" 2>/dev/null; }

start=$SECONDS
echo "| after, s | resident, MiB | heap in use, MiB | goroutines | CPU, s | dropped |"
echo "|---|---|---|---|---|---|"
while running; do
  curl -fsS "$address/metrics" >"$folder/metrics"
  echo "| $((SECONDS - start)) | $(($(metric process_resident_memory_bytes) >> 20)) | $(($(metric go_memstats_heap_inuse_bytes) >> 20)) |" \
    "$(metric go_goroutines) | $(metric process_cpu_seconds_total) | $(dropped) |"
  for ((i = 0; i < EVERY; i++)); do
    running || break
    sleep 1
  done
done
failed=0
for generator in "${generators[@]}"; do wait "$generator" || failed=1; done
cat "$folder/websocket" "$folder/webtransport"
echo "Dropped by the node, by reason, with what was under way when the generators left:"
curl -fsS "$address/metrics" | grep -E '^confab_[a-z_]*dropped[a-z_]*\{' || true
cat "$folder/log"
exit "$failed"
