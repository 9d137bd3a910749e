#!/usr/bin/env python3
"""Tables of stretches whose place is known, of a generated corpus, for `melomine search --hit-rates`: its hums (hums.csv), and
10 s excerpts of its originals with noise.

  melomine synth --songs 60 --covers 0 --hums 8 --seed 1 --out corpus
  melomine index songs.library --add corpus/references.csv --checkpoint encoder.safetensors
  bench/hit_rates.py corpus --out stretches --noise-db 10
  melomine search songs.library --hit-rates stretches/hums.csv
  melomine search songs.library --hit-rates stretches/excerpts.csv
"""
import argparse
import ast
import csv
import pathlib
import random
import subprocess


def hums(corpus):
    """A hum begins where its fragment of the original does."""
    groups = {}
    for row in csv.DictReader(open(corpus / "hums.csv")):
        groups.setdefault(row["group_id"], []).append(row)
    for rows in groups.values():
        original = next(row for row in rows if row["audio_type"] == "original")
        for row in rows:
            if row["audio_type"] == "humming":
                yield {"query": str((corpus / row["path"]).resolve()), "reference_id": original["id"],
                       "reference_start_s": ast.literal_eval(original["interval"])[0],
                       "query_start_s": ast.literal_eval(row["interval"])[0]}


def excerpts(corpus, out, count, noise_db, seed):
    """Stretches of originals beside white noise, so many dB under full scale less the level of the noise."""
    draw = random.Random(seed)
    originals = list(csv.DictReader(open(corpus / "references.csv")))
    for number in range(count):
        row = draw.choice(originals)
        source = corpus / row["path"]
        seconds = float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", source],
                                       capture_output=True, text=True, check=True).stdout)
        start = draw.uniform(0, max(0.0, seconds - 10.5))
        target = out / f"excerpt_{number:03}.wav"
        noise = f"anoisesrc=r=16000:d=10:a={10 ** (-(noise_db + 20) / 20):.5f}:seed={number}"
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", f"{start:.3f}", "-t", "10", "-i", source, "-f", "lavfi", "-i", noise,
                        "-filter_complex", "amix=inputs=2:normalize=0", "-ar", "16000", "-ac", "1", target], check=True)
        yield {"query": str(target.resolve()), "reference_id": row["reference_id"], "reference_start_s": round(start, 3), "query_start_s": 0}


def write(path, rows):
    with open(path, "w", newline="") as file:
        table = csv.DictWriter(file, ["query", "reference_id", "reference_start_s", "query_start_s"])
        table.writeheader()
        table.writerows(rows)
    print(path)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("corpus", type=pathlib.Path)
parser.add_argument("--out", type=pathlib.Path, required=True)
parser.add_argument("--count", type=int, default=100, help="excerpts")
parser.add_argument("--noise-db", type=float, default=10, help="level of the noise under -20 dB of full scale")
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()
arguments.out.mkdir(parents=True, exist_ok=True)
write(arguments.out / "hums.csv", list(hums(arguments.corpus)))
write(arguments.out / "excerpts.csv", list(excerpts(arguments.corpus, arguments.out, arguments.count, arguments.noise_db, arguments.seed)))
