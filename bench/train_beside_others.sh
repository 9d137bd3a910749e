#!/usr/bin/env bash
# Times training (experiments/m0.yaml, 300 steps) on a quiet machine and beside two busy loops, and prints the
# ratio. Nothing else may run: for five minutes it waits for a load of at most 0.5, then gives up.
# bench/train_beside_others.sh [repetitions, default 3] [steps, default 300]
# FOLDER (default a temporary one) keeps corpus and shards; MELOMINE names the binary; OMP_WAIT_POLICY, GOMP_SPINCOUNT and
# KMP_BLOCKTIME reach it as they are set. THREADS=2 sets train.threads. MAX_RATIO=2.2 makes a larger ratio of the medians an error.
set -euo pipefail
cd "$(dirname "$0")/.."
repetitions="${1:-3}" steps="${2:-300}"
melomine="${MELOMINE:-build/release/cli/melomine}"
if [[ -z "${FOLDER:-}" ]]; then
  FOLDER="$(mktemp -d)"
  cleanup() { rm -rf "$FOLDER"; }
else
  mkdir -p "$FOLDER"
  cleanup() { :; }
fi
loops=()
stop_loops() {
  ((${#loops[@]} == 0)) || kill "${loops[@]}" 2>/dev/null || true
  loops=()
}
trap 'stop_loops; cleanup' EXIT

start_loops() {
  for _ in 1 2; do
    (while :; do :; done) &
    loops+=($!)
  done
}

# Wall seconds of a whole training, program start and reading of the shards included.
seconds_of_training() {
  rm -rf "$FOLDER/runs"
  /usr/bin/time -f %e -o "$FOLDER/time" "$melomine" train experiments/m0.yaml \
    name=beside "runs=$FOLDER/runs" "data.shards=$FOLDER/shards" "data.groups=$FOLDER/corpus/hums.csv" \
    "data.time_maps=$FOLDER/corpus/truth.csv" "train.length=${steps}s" train.validate_every=0e train.early_stopping.patience=0 \
    ${THREADS:+"train.threads=$THREADS"} \
    >"$FOLDER/train.log" 2>&1 || { cat "$FOLDER/train.log" >&2; exit 1; }
  tail -1 "$FOLDER/time"
}

median() { sort -n | awk '{v[NR] = $1} END {print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

if [[ ! -d "$FOLDER/shards" ]]; then
  "$melomine" synth --songs 60 --covers 0 --hums 8 --duration 90 --seed 1 --out "$FOLDER/corpus" >/dev/null 2>&1
  "$melomine" ingest "$FOLDER/corpus/songs_vocals.csv" --out "$FOLDER/shards" >/dev/null 2>&1
fi
is_quiet() { [[ -n "${ANY_LOAD:-}" ]] || awk '{exit !($1 <= 0.5)}' /proc/loadavg; }
for _ in $(seq 60); do  # synth and ingest themselves left some load
  is_quiet && break
  sleep 5
done
is_quiet || { echo "the machine is not quiet: load $(cat /proc/loadavg); ANY_LOAD=1 measures all the same" >&2; exit 1; }
rm -f "$FOLDER/quiet" "$FOLDER/beside"

"$melomine" --version | grep -E 'libtorch|OpenMP|processors'
echo "repetition quiet_s beside_two_loops_s"
for repetition in $(seq "$repetitions"); do
  quiet="$(seconds_of_training)"
  start_loops
  beside="$(seconds_of_training)"
  stop_loops
  echo "$repetition $quiet $beside"
  echo "$quiet" >>"$FOLDER/quiet" && echo "$beside" >>"$FOLDER/beside"
done
quiet="$(median <"$FOLDER/quiet")" beside="$(median <"$FOLDER/beside")"
rm -f "$FOLDER/quiet" "$FOLDER/beside"
ratio="$(awk -v a="$beside" -v b="$quiet" 'BEGIN {printf "%.2f", a / b}')"
echo "median: quiet $quiet s, beside two busy loops $beside s, ratio $ratio"
[[ -z "${MAX_RATIO:-}" ]] || awk -v r="$ratio" -v m="$MAX_RATIO" 'BEGIN {exit !(r <= m)}' ||
  { echo "the ratio is above $MAX_RATIO" >&2; exit 1; }
