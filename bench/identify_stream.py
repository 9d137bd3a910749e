#!/usr/bin/env python3
"""How well and how fast `melomine identify` finds songs in a long recording made of hums, whose truth is known.

bench/identify_stream.py --folder F [--minutes 30] [--seed 5] [--kind hums|vocals] [--melomine build/release/cli/melomine]
                         --checkpoint last.safetensors [--set "window_s=10 least_evidence=2"]

Generates 60 songs with hums (melomine synth), makes a library of 40 of them, and a recording: hums, or stretches of 15 to 40 s of
covers, of known and unknown songs in a random order, between them silence, noise or nothing. Prints one line: precision (stretches found that
lie on their song), recall (planted ones that were found, and the share of their seconds), the errors of begin and end, and the
speed. What is in the folder is not made again. Standard library only.
"""

import argparse
import array
import csv
import json
import pathlib
import random
import subprocess
import sys
import time
import wave

RATE_HZ = 16000
KNOWN = 40


def run(words, **more):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def samples_of(path):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ac", "1", "-ar", str(RATE_HZ), "-"],
                         stdout=subprocess.PIPE, check=True).stdout
    return array.array("h", raw)


def pieces(corpus, kind, rng):
    """(song, file, start_s, seconds) in a random order, for ever."""
    with open(corpus / "songs.csv", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    if kind == "hums":
        with open(corpus / "queries.csv", encoding="utf-8") as table:
            found = [(row["reference_id"], corpus / row["query"], 0, float(row["duration_s"])) for row in csv.DictReader(table)]
    else:
        found = [(row["song_id"] + "_original", corpus / row["path"].replace("audio/", f"{kind}/"), None, None)
                 for row in rows if row["kind"] == "original"]
    while True:
        rng.shuffle(found)
        yield from found


def make_stream(corpus, kind, minutes, rng, known, target):
    stream, truth = array.array("h"), []
    for song, path, start_s, length_s in pieces(corpus, kind, rng):
        if len(stream) >= minutes * 60 * RATE_HZ:
            break
        part = samples_of(path)
        if start_s is None:
            length_s = rng.uniform(15, 40)
            first = int(rng.uniform(0, max(0, len(part) / RATE_HZ - length_s)) * RATE_HZ)
            part = part[first:first + int(length_s * RATE_HZ)]
        begin_s = len(stream) / RATE_HZ
        stream.extend(part)
        if song in known:
            truth.append({"song": song, "start_s": begin_s, "end_s": len(stream) / RATE_HZ})
        between, rest = rng.choice(["silence", "noise", "nothing"]), int(rng.uniform(2, 12) * RATE_HZ)
        if between == "silence":
            stream.extend(array.array("h", bytes(2 * rest)))
        elif between == "noise":
            stream.extend(array.array("h", (int(rng.gauss(0, 500)) for _ in range(rest))))
    with wave.open(str(target), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(stream.tobytes())
    return truth


def overlap(a_start, a_end, b_start, b_end):
    return max(0.0, min(a_end, b_end) - max(a_start, b_start))


def judge(truth, found):
    """@returns the figures of the line that is printed"""
    right, starts, ends, covered = 0, [], [], {}
    for stretch in found:
        best = max(range(len(truth)), default=None, key=lambda i: (truth[i]["song"] == stretch["id"]) * overlap(
            truth[i]["start_s"], truth[i]["end_s"], stretch["query_start_s"], stretch["query_end_s"]))
        true = truth[best]
        common = overlap(true["start_s"], true["end_s"], stretch["query_start_s"], stretch["query_end_s"])
        if true["song"] != stretch["id"] or common <= 0.5 * (stretch["query_end_s"] - stretch["query_start_s"]):
            continue
        right += 1
        covered.setdefault(best, []).append((common, stretch))
    seconds = sum(true["end_s"] - true["start_s"] for true in truth)
    for index, parts in covered.items():
        starts.append(min(part["query_start_s"] for _, part in parts) - truth[index]["start_s"])
        ends.append(max(part["query_end_s"] for _, part in parts) - truth[index]["end_s"])
    middle = lambda values: sorted(abs(v) for v in values)[len(values) // 2] if values else float("nan")
    ninth = lambda values: sorted(abs(v) for v in values)[len(values) * 9 // 10] if values else float("nan")
    return {"planted": len(truth), "found": len(found), "precision": right / max(1, len(found)),
            "recall": len(covered) / max(1, len(truth)),
            "recall_seconds": sum(common for parts in covered.values() for common, _ in parts) / max(1, seconds),
            "start_error_s": middle(starts), "start_error_p90_s": ninth(starts),
            "end_error_s": middle(ends), "end_error_p90_s": ninth(ends)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--kind", choices=["hums", "vocals", "audio"], default="hums")
    parser.add_argument("--melomine", default="build/release/cli/melomine")
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--set", default="")
    options = parser.parse_args()
    folder = pathlib.Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    corpus, library = folder / "corpus", folder / "songs.library"
    run([options.melomine, "synth", "--songs", 60, "--covers", 1, "--hums", 4, "--duration", 60, "--hum-min-duration", 8,
         "--seed", options.seed, "--out", corpus])
    with open(corpus / "references.csv", encoding="utf-8") as table:
        rows = list(csv.reader(table))
    (corpus / "known.csv").write_text("\n".join(",".join(row) for row in rows[:KNOWN + 1]) + "\n", encoding="utf-8")
    known = {row[0] for row in rows[1:KNOWN + 1]}
    run([options.melomine, "index", library, "--add", corpus / "known.csv", "--checkpoint", options.checkpoint])
    name = f"{options.kind}_{options.minutes:g}_{options.seed}"
    recording, truth_file = folder / f"{name}.wav", folder / f"{name}.json"
    if not truth_file.exists():
        truth = make_stream(corpus, options.kind, options.minutes, random.Random(options.seed), known, recording)
        truth_file.write_text(json.dumps(truth), encoding="utf-8")
    truth = json.loads(truth_file.read_text(encoding="utf-8"))
    started = time.monotonic()
    words = [options.melomine, "identify", library, recording, "--json"] + (["--set", *options.set.split()] if options.set else [])
    lines = [json.loads(line) for line in run(words).splitlines()]
    took_s = time.monotonic() - started
    figures = judge(truth, [line for line in lines if line["match"]])
    print("  ".join(f"{key} {value:.3g}" for key, value in figures.items()) +
          f"  x_real_time {lines[-1]['query_end_s'] / took_s:.1f}")


main()
