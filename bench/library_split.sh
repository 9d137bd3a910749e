#!/usr/bin/env bash
# A library split over two processes that share nothing, beside the whole in one: each asks its half for its ten best on a
# processor of its own, and the answer is the ten best of both. Prints median times and how often the planted song is among them.
#   bench/library_split.sh LIBRARY_BENCH FOLDER [songs=20000] [noise=2.5] [factory=auto]
set -euo pipefail
bench="$1" folder="$2" songs="${3:-20000}" noise="${4:-2.5}" factory="${5:-auto}"
half=$((songs / 2))
mkdir -p "$folder"
"$bench" "$folder/whole" songs="$songs" noise="$noise" factory="$factory" answers="$folder/whole.txt" | tee "$folder/whole.log"
for part in 0 1; do
  "$bench" "$folder/part$part" songs="$half" first=$((part * half)) asked="$songs" noise="$noise" factory="$factory" answers="$folder/part$part.txt" >"$folder/part$part.log"
done
# Built once; asked again at the same time.
for part in 0 1; do
  OMP_NUM_THREADS=1 taskset -c "$part" "$bench" "$folder/part$part" songs="$half" first=$((part * half)) asked="$songs" noise="$noise" factory="$factory" \
    answers="$folder/part$part.txt" >"$folder/part$part.log" &
done
wait
python3 - "$folder" <<'PYTHON'
import statistics, sys

def answers(name):
    for line in open(f"{sys.argv[1]}/{name}.txt"):
        words = line.split()
        yield words[0], float(words[1]), list(zip(words[2::2], map(float, words[3::2])))

whole, halves = list(answers("whole")), list(zip(answers("part0"), answers("part1")))
found = sum(song in [s for s, _ in best] for song, _, best in whole)
split_ms, split_found = [], 0
for (song, a_ms, a), (_, b_ms, b) in halves:
    best = sorted(a + b, key=lambda pair: -pair[1])[:10]
    split_found += song in [s for s, _ in best]
    split_ms.append(max(a_ms, b_ms))
print(f"whole, two threads        {statistics.median(ms for _, ms, _ in whole):7.1f} ms  Top-10 {found / len(whole):.3f}")
print(f"two halves, a thread each {statistics.median(split_ms):7.1f} ms  Top-10 {split_found / len(halves):.3f}")
PYTHON
