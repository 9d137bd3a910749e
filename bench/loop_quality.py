#!/usr/bin/env python3
"""What `melomine run experiments/demo.yaml` mines and how well its encoders find hums, on corpora of several seeds.

bench/loop_quality.py --folder F [--seeds 1,2,3] [--melomine build/release/cli/melomine] [--synth "--bleed-db -12"]
                      [--control 4500] [--rounds 2] [--setting train.threads=1]...

Generates a corpus per seed with the options of --synth, ingests it and runs the experiment with the same seed, all in the folder F;
what is there is not made again. --control N also trains M_0 alone for N steps, on the same hums. Prints tables as in docs/performance.md:
figures of every round, and differences of MRR over all seeds' queries, resampled in pairs (10,000 times, 95 %). Standard library only.
"""

import argparse
import csv
import json
import pathlib
import random
import shlex
import subprocess
import sys

EXPERIMENT = "experiments/demo.yaml"
CORPUS = ["--songs", "52", "--covers", "4", "--hums", "8", "--duration", "60"]


def run(arguments):
    words = [str(word) for word in arguments]
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(words)} ended with {done.returncode}:\n{done.stderr[-2000:]}")


def make(options, seed):
    folder = pathlib.Path(options.folder)
    corpus, shards = folder / f"corpus{seed}", folder / f"shards{seed}"
    if not (shards / "DONE").exists():
        run([options.melomine, "synth", *CORPUS, "--seed", seed, *shlex.split(options.synth), "--out", corpus])
        run([options.melomine, "ingest", corpus / "songs_vocals.csv", "--out", shards])
    settings = [f"runs={folder}", f"seed={seed}", f"data.shards={shards}", f"data.groups={corpus}/hums.csv",
                f"data.time_maps={corpus}/truth.csv", *options.setting]
    run([options.melomine, "run", EXPERIMENT, f"name=loop{seed}", *settings])
    if options.control > 0:
        name = [f"name=control{seed}", f"train.length={options.control}s"]
        run([options.melomine, "train", EXPERIMENT, *name, *settings])
        run([options.melomine, "evaluate", EXPERIMENT, *name, *settings])


def reciprocal_ranks(run_folder, round_number):
    """Of the model's queries, by query."""
    file = run_folder / f"round_{round_number:02}" / "evaluate" / "held_out" / "queries.csv"
    with open(file, newline="", encoding="utf-8") as rows:
        return {row["query"]: 1 / float(row["rank"]) for row in csv.DictReader(rows) if row["system"] == "model"}


def mining_quality(run_folder, round_number):
    return json.loads((run_folder / f"round_{round_number:02}" / "mine" / "summary.json").read_text())["quality"]


def interval(values):
    values = sorted(values)
    return values[int(0.025 * len(values))], values[int(0.975 * len(values)) - 1]


def mean_with_interval(values, seed=1):
    draw = random.Random(seed)
    means = [sum(draw.choices(values, k=len(values))) / len(values) for _ in range(10000)]
    low, high = interval(means)
    return f"{sum(values) / len(values):.3f} [{low:.3f}, {high:.3f}]"


def print_mining(folder, seeds, rounds):
    print("| seed | mined by | precision of relevant | matching recall | by relevant pairs alone | coverage | alignment error | wrong covers | MRR of the next |")
    print("|---|---|---|---|---|---|---|---|---|")
    for seed in seeds:
        for number in range(rounds + 1):
            run_folder = folder / f"loop{seed}"
            ranks = reciprocal_ranks(run_folder, number)
            mrr = f"{sum(ranks.values()) / len(ranks):.3f}"
            if number == 0:
                print(f"| {seed} | | | | | | | | M_0 {mrr} |")
                continue
            quality = mining_quality(run_folder, number)
            value = {key: quality[key]["value"] for key in quality if "value" in quality[key]}
            print(f"| {seed} | M_{number - 1} | {value['relevant_precision']:.3f} | {value['recall']:.3f} | "
                  f"{value['relevant_recall']:.3f} | {value['coverage']:.3f} | {1000 * value['alignment_median_s']:.0f} ms | "
                  f"{100 * value['relevant_wrong_covers']:.1f} % | M_{number} {mrr} |")


def print_pooled(folder, seeds, rounds):
    for number in range(1, rounds + 1):
        quality = [mining_quality(folder / f"loop{seed}", number) for seed in seeds]
        shares = []
        for key in ("relevant_precision", "recall", "relevant_recall", "coverage", "relevant_wrong_covers"):
            hits, of = sum(q[key]["hits"] for q in quality), sum(q[key]["of"] for q in quality)
            shares.append(f"{key} {hits / of:.4f}")
        print(f"round {number}, all seeds: " + ", ".join(shares))


def print_differences(folder, seeds, rounds, control):
    pairs = [("M_1 - M_0", 1, 0)] + [(f"M_{n} - M_{n - 1}", n, n - 1) for n in range(2, rounds + 1)]
    if rounds > 1:
        pairs.append((f"M_{rounds} - M_0", rounds, 0))
    for name, later, earlier in pairs:
        values = []
        for seed in seeds:
            a, b = (reciprocal_ranks(folder / f"loop{seed}", n) for n in (later, earlier))
            values += [a[query] - b[query] for query in sorted(a)]
        print(f"{name}: {mean_with_interval(values)} over {len(values)} queries")
    if control > 0:
        values = []
        for seed in seeds:
            a, b = reciprocal_ranks(folder / f"loop{seed}", rounds), reciprocal_ranks(folder / f"control{seed}", 0)
            print(f"hums alone, {control} steps, seed {seed}: {sum(b.values()) / len(b):.3f}")
            values += [a[query] - b[query] for query in sorted(a)]
        print(f"M_{rounds} - hums alone: {mean_with_interval(values)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--melomine", default="build/release/cli/melomine")
    parser.add_argument("--synth", default="")
    parser.add_argument("--control", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--setting", action="append", default=[])
    options = parser.parse_args()
    options.setting.append(f"loop.rounds={options.rounds}")
    seeds = [int(seed) for seed in options.seeds.split(",")]
    for seed in seeds:
        make(options, seed)
    folder = pathlib.Path(options.folder)
    print_mining(folder, seeds, options.rounds)
    print_pooled(folder, seeds, options.rounds)
    print_differences(folder, seeds, options.rounds, options.control)


if __name__ == "__main__":
    main()
