#!/usr/bin/env python3
"""What `melomine run` of a demo's experiment mines and how well its encoders find hums, on corpora of several seeds.

bench/loop_quality.py --folder F [--seeds 1,2,3] [--melomine build/release/cli/melomine] [--synth "--bleed-db -12"]
                      [--experiment experiments/demo.yaml] [--control 4500] [--rounds 2] [--setting train.threads=1]...

Generates a corpus per seed with the options of --synth, ingests it and runs the experiment with the same seed, all in the folder F;
what is there is not made again. --control N also trains M_0 alone for N steps, on the same hums. Prints tables as in docs/performance.md:
figures of every round, and differences of MRR over all seeds' queries, resampled in pairs (10,000 times, 95 %), by query and by song.
Standard library only.
"""

import argparse
import json
import pathlib
import random
import shlex
import subprocess
import sys

RESAMPLES = 10000
CORPUS = ["--songs", "52", "--covers", "4", "--hums", "8", "--duration", "60"]


def run(arguments):
    words = [str(word) for word in arguments]
    done = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{shlex.join(words)} ended with {done.returncode}:\n{done.stderr[-2000:]}")


def hears_hums(options):
    """Whether the experiment has hums to learn from, or learns from notes alone."""
    shown = subprocess.run([options.melomine, "config", "show", options.experiment], capture_output=True, text=True, check=True)
    return 'groups: ""' not in shown.stdout


def make(options, seed):
    folder = pathlib.Path(options.folder)
    corpus, shards = folder / f"corpus{seed}", folder / f"shards{seed}"
    if not (shards / "DONE").exists():
        run([options.melomine, "synth", *CORPUS, "--seed", seed, *shlex.split(options.synth), "--out", corpus])
        run([options.melomine, "ingest", corpus / "songs_vocals.csv", "--out", shards])
    settings = [f"runs={folder}", f"seed={seed}", f"data.shards={shards}", f"data.time_maps={corpus}/truth.csv", *options.setting]
    if hears_hums(options):
        settings.append(f"data.groups={corpus}/hums.csv")
    run([options.melomine, "run", options.experiment, f"name=loop{seed}", *settings])
    if options.control > 0:
        steps = f"{options.control}s"  # validated once, as the demo is: of several the luckiest would be chosen
        name = [f"name=control{seed}", f"train.length={steps}", f"train.validate_every={steps}"]
        run([options.melomine, "train", options.experiment, *name, *settings])
        run([options.melomine, "evaluate", options.experiment, *name, *settings])


def reciprocal_ranks(run_folder, round_number):
    """Of the model's queries, by query; and the songs that these are of."""
    file = run_folder / f"round_{round_number:02}" / "evaluate" / "held_out" / "report.json"
    systems = {system["name"]: system for system in json.loads(file.read_text(encoding="utf-8"))["systems"]}
    queries = systems["model"]["queries"]
    return {q["query"]: 1 / q["rank"] for q in queries}, {q["query"]: q["song"] for q in queries}


def mining_quality(run_folder, round_number):
    return json.loads((run_folder / f"round_{round_number:02}" / "mine" / "summary.json").read_text())["quality"]


def interval(values):
    values = sorted(values)
    return values[int(0.025 * len(values))], values[int(0.975 * len(values)) - 1]


def bracketed(means):
    low, high = interval(means)
    return f"[{low:.3f}, {high:.3f}]"


def interval_by_query(values, draw):
    if len(values) < 2:
        return "-"
    return bracketed([sum(draw.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES)])


def interval_by_song(songs_of_seeds, draw):
    """Whole songs are drawn within each seed: hums of one song are no independent draws. None where a seed has but one."""
    if any(len(songs) < 2 for songs in songs_of_seeds):
        return "-"
    sums = [[(sum(values), len(values)) for values in songs] for songs in songs_of_seeds]
    means = []
    for _ in range(RESAMPLES):
        drawn = [song for songs in sums for song in draw.choices(songs, k=len(songs))]
        means.append(sum(total for total, _ in drawn) / sum(count for _, count in drawn))
    return bracketed(means)


def mean_with_intervals(differences, seed=1):
    """@param differences  a pair per seed: values by query, song by query"""
    values = [value for by_query, _ in differences for _, value in sorted(by_query.items())]
    songs_of_seeds = []
    for by_query, song_of in differences:
        songs = {}
        for query, value in sorted(by_query.items()):
            songs.setdefault(song_of[query], []).append(value)
        songs_of_seeds.append(list(songs.values()))
    count = sum(len(songs) for songs in songs_of_seeds)
    return (f"{sum(values) / len(values):.3f} {interval_by_query(values, random.Random(seed))} over {len(values)} queries, "
            f"{interval_by_song(songs_of_seeds, random.Random(seed))} over {count} songs")


def print_mining(folder, seeds, rounds):
    print("| seed | mined by | precision of relevant | matching recall | by relevant pairs alone | coverage | alignment error | wrong covers | MRR of the next |")
    print("|---|---|---|---|---|---|---|---|---|")
    for seed in seeds:
        for number in range(rounds + 1):
            run_folder = folder / f"loop{seed}"
            ranks, _ = reciprocal_ranks(run_folder, number)
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


def difference(later, earlier):
    (a, songs), (b, _) = later, earlier
    return {query: a[query] - b[query] for query in a}, songs


def print_differences(folder, seeds, rounds, control):
    pairs = [("M_1 - M_0", 1, 0)] + [(f"M_{n} - M_{n - 1}", n, n - 1) for n in range(2, rounds + 1)]
    if rounds > 1:
        pairs.append((f"M_{rounds} - M_0", rounds, 0))
    for name, later, earlier in pairs:
        differences = [difference(*(reciprocal_ranks(folder / f"loop{seed}", n) for n in (later, earlier))) for seed in seeds]
        print(f"{name}: {mean_with_intervals(differences)}")
    if control > 0:
        differences = []
        for seed in seeds:
            alone = reciprocal_ranks(folder / f"control{seed}", 0)
            print(f"hums alone, {control} steps, seed {seed}: {sum(alone[0].values()) / len(alone[0]):.3f}")
            differences.append(difference(reciprocal_ranks(folder / f"loop{seed}", rounds), alone))
        print(f"M_{rounds} - hums alone: {mean_with_intervals(differences)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--melomine", default="build/release/cli/melomine")
    parser.add_argument("--experiment", default="experiments/demo.yaml")
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
