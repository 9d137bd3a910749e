#!/usr/bin/env python3
"""What training by several ranks costs and how far its losses are from those of one process.

bench/ranks.py --folder F [--steps 200] [--repeat 3] [--melomine build/release/cli/melomine] [key=value ...]

Makes a corpus of 12 songs and trains a ResNet18 of width 16 on it, in turn by one process with two threads, by one with one, and by two
ranks of one thread, with batch norms of each rank and of all. Prints for each the median time of a step of all repetitions
(but for the first ten of each), its ratio to one process with two threads, and the largest difference of a loss from one
process with one thread. key=value are settings of all trainings. Standard library only.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

WARM_UP = 10  # steps that are not timed
EXPERIMENT = """
leaks: report
runs: runs
data: {shards: shards, groups: corpus/hums.csv, time_maps: corpus/truth.csv, held_out_songs: 1}
encoder: {width: 16}
sampler: {groups_per_batch: 16, max_fragments: 2}
front_end: {window: {length_s: 3, step_s: 1}}
train: {checkpoint_every: 10000s, log_every: 1s, optimizer: {learning_rate: 0.0003}}
"""


def run(words, folder):
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    done = subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout[-2000:]}")


def train(words, folder, name, settings):
    """@returns seconds of each step that counts, and the losses"""
    shutil.rmtree(folder / "runs" / name, ignore_errors=True)
    run([*words, "train", "ranks.yaml", f"name={name}", *settings], folder)
    losses, times = [], []
    with open(folder / "runs" / name / "round_00/train/metrics.jsonl", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line["tag"] == "train/loss":
                losses.append(line["value"])
            elif line["tag"] == "train/steps_per_s":
                times.append(1 / line["value"])
    return times[WARM_UP:], losses


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--melomine", type=pathlib.Path, default=pathlib.Path("build/release/cli/melomine"))
    parser.add_argument("settings", nargs="*")
    options = parser.parse_args()
    melomine, folder = str(options.melomine.resolve()), options.folder
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "shards").exists():
        run([melomine, "synth", "--seed", "7", "--out", "corpus", "--songs", "12", "--covers", "0", "--hums", "6", "--duration", "30"], folder)
        run([melomine, "ingest", "corpus/songs_vocals.csv", "--out", "shards"], folder)
    (folder / "ranks.yaml").write_text(EXPERIMENT, encoding="utf-8")
    launch = [melomine, "launch", "-n", "2", "--"]
    ways = {
        "one process, 2 threads": ([melomine], ["train.threads=2"]),
        "one process, 1 thread": ([melomine], ["train.threads=1"]),
        "2 ranks, 1 thread each": (launch, ["train.threads=1"]),
        "2 ranks, norms of all": (launch, ["train.threads=1", "train.ranks.batch_norm=synchronised"]),
    }
    times, losses = {way: [] for way in ways}, {}
    for _ in range(options.repeat):
        for number, (way, (words, settings)) in enumerate(ways.items()):
            seconds, losses[way] = train(words, folder, f"way{number}",
                                        [f"train.length={options.steps}s", *settings, *options.settings])
            times[way] += seconds
    first = statistics.median(times["one process, 2 threads"])
    print(f"{'':24} {'ms a step':>10} {'of 2 threads':>13} {'loss off by':>12}   ({options.steps} steps, {options.repeat} times)")
    for way in ways:
        step_s = statistics.median(times[way])
        off = max(abs(a - b) for a, b in zip(losses[way], losses["one process, 1 thread"]))
        print(f"{way:24} {1000 * step_s:10.1f} {step_s / first:13.2f} {off:12.1e}")


main()
