#!/usr/bin/env bash
# Raises the load on a node step by step, with the node on one processor and the generator on another, and prints a Markdown
# table. A ladder ends when one in a hundred objects takes longer than 50 ms, when objects are lost, or when the generator is the
# limit; the last column says which. Use a quiet machine: the figures of a busy one are those of its other programs.
#
#   scripts/bench.sh                                        everything, about 40 minutes
#   WORKLOADS=webinar TRANSPORTS=websocket scripts/bench.sh
#   STEPS="100 200" DURATION=5s scripts/bench.sh
#   KEEP_GOING=1 scripts/bench.sh                           all steps, whatever comes out
#
# The workload slow needs root.
set -euo pipefail
cd "$(dirname "$0")/.."

WORKLOADS=${WORKLOADS:-webinar fanout audio mesh rooms storm slow}
TRANSPORTS=${TRANSPORTS:-websocket webtransport}
DURATION=${DURATION:-10s}
SERVER_CPU=${SERVER_CPU:-0}
GENERATOR_CPU=${GENERATOR_CPU:-1}
# With FLAGS="" everything is encrypted, which the node can't tell but the generator can.
FLAGS=${FLAGS---opaque}
CONFAB=${CONFAB:-bin/confab}

# steps lists by how much the load rises: subscribers, or rooms of five.
steps() {
  if [[ -n ${STEPS:-} ]]; then
    echo "$STEPS"
    return
  fi
  case $1/$2 in
  mesh/*) echo 4 8 12 16 20 24 28 32 ;;
  rooms/websocket) echo 4 8 16 24 32 48 64 ;;
  rooms/webtransport) echo 2 4 8 12 16 24 ;;
  */websocket) echo 50 100 200 400 600 800 1000 1200 ;;
  */webtransport) echo 25 50 100 150 200 300 400 500 ;;
  esac
}

# row prints a line of the table for a report, and fails when the ladder ends with it.
row() {
  node -e '
    const [file, n] = process.argv.slice(1);
    const r = JSON.parse(require("fs").readFileSync(file, "utf8"));
    const digits = (v) => (v >= 100 ? v.toFixed(0) : v.toPrecision(3));
    const kinds = [r.audio, r.video].filter(Boolean);
    const sum = (of) => kinds.reduce((total, kind) => total + kind[of], 0);
    const lost = sum("lost") / sum("expected");
    const p99 = Math.max(...kinds.map((kind) => kind.latency.p99));
    const ends = [];
    if (r.joins.failed > 0 || r.joins.ended > 0) ends.push(`${r.joins.failed + r.joins.ended} participants failed`);
    if (r.generator.cpuShare >= 0.85) ends.push("the generator is saturated");
    else if (r.generator.saturated) ends.push("the generator was held up");
    if (p99 > 50) ends.push("p99 over 50 ms");
    if (lost > 0.001) ends.push("objects lost");
    console.log("| " + [
      r.workload, r.transport, n, digits(sum("delivered") / r.seconds),
      r.audio ? `${digits(r.audio.latency.p50)} / ${digits(r.audio.latency.p99)}` : "",
      r.video ? `${digits(r.video.latency.p50)} / ${digits(r.video.latency.p99)}` : "",
      `${(100 * lost).toFixed(2)} %`, `${digits(r.joins.time.p50)} / ${digits(r.joins.time.p99)}`,
      `${(100 * r.node.cpuShare).toFixed(0)} %`, digits(r.node.cpuMicrosecondsPerObject), digits(r.node.cpuSecondsPerGB),
      Math.round(r.node.rssPerConnection / 1024), `${(100 * r.generator.cpuShare).toFixed(0)} %`, ends.join(", "),
    ].join(" | ") + " |");
    process.exit(ends.length > 0 ? 1 : 0);
  ' "$1" "$2"
}

folder=$(mktemp -d)
node_pid=
# shellcheck disable=SC2317
finish() {
  [[ -z $node_pid ]] || kill "$node_pid" 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

# start runs a node of its own for one test, so that its memory is that of the test, and sets address and node_pid.
start() {
  : >"$folder/banner" # the former node's
  CONFAB_API_KEYS= CONFAB_STATE_DIR=$folder taskset -c "$SERVER_CPU" "$CONFAB" serve --addr :0 --log-level warn --drain 1s \
    --max-connections 20000 --max-connections-per-address 20000 >>"$folder/banner" 2>"$folder/log" &
  node_pid=$!
  address=
  until address=$(sed -n 's/.*on this machine *//p' "$folder/banner" | head -n 1) && [[ -n $address ]]; do
    kill -0 "$node_pid" || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
  done
}

stop() {
  kill "$node_pid"
  wait "$node_pid" || true
  node_pid=
}

ulimit -n "$(ulimit -Hn)"
echo "| workload | transport | N | objects/s | audio p50 / p99, ms | video p50 / p99, ms | lost | join p50 / p99, ms | node CPU | µs an object | s/GB | KiB a connection | generator CPU | ended by |"
echo "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
for workload in $WORKLOADS; do
  for transport in $TRANSPORTS; do
    for n in $(steps "$workload" "$transport"); do
      size=--subscribers
      [[ $workload != rooms ]] || size=--rooms
      start
      # shellcheck disable=SC2086
      CONFAB_API_KEYS= taskset -c "$GENERATOR_CPU" "$CONFAB" bench "$workload" --server "$address" $size "$n" --transport "$transport" \
        --duration "$DURATION" --server-pid "$node_pid" --json --quiet $FLAGS >"$folder/report"
      stop
      row "$folder/report" "$n" || [[ -n ${KEEP_GOING:-} ]] || break
    done
  done
done
