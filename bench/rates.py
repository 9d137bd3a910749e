#!/usr/bin/env python3
"""What an hour of audio costs: the rates on which docs/scale.md rests, measured on generated songs as long as real ones.

bench/rates.py [--songs 10] [--duration 180] [--out bench/rates.json] [--folder DIR] [--melomine build/release/cli/melomine]

Processor seconds (user and system, all threads together) and bytes by hour of audio, of ingest from AAC (160 kbit/s, 44.1 kHz stereo),
of mining by the vanilla ResNet18 on CQT (configs/presets/chad.yaml) and by the small contour network, and of `melomine index`. Then the same round
is mined by one worker and by two at once, one thread each: how much longer two take for half the work, in processor time (which does not count
what other programs do) and by the clock. The encoders are trained for a moment only: what they cost does not depend on what they know.
"""
import argparse
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from scale import measure  # noqa: E402

COMMON = """extends: [{root}/configs/presets/chad.yaml]
leaks: report
name: {name}
runs: {folder}/runs
data: {{shards: {folder}/shards, groups: {folder}/corpus/hums.csv, time_maps: {folder}/corpus/truth.csv, held_out_songs: 1, validation_songs: 1}}
train: {{length: 2s, log_every: 1s, threads: 1}}
mine: {{songs_per_part: 1, fragments: {{levels_db: [32, 36, 40, 44, 48]}}}}
evaluate: {{sets: []}}
"""
KINDS = {
    "cqt": "sampler: {groups_per_batch: 2, max_fragments: 2}\n",
    "contour": "melodies: {sources: [{composed: 30, seed: 9}], windows: 8, exact: true}\n"
               "front_end: {type: contour, f0: {type: pyin}, view: {rests: hold}, window: {length_s: 2.8, step_s: 0.1, context_s: 0}}\n"
               "encoder: {type: contour_cnn}\n"
               "losses: [{type: nt_xent, temperature: 0.07, denominator: standard, miner: {type: none}}]\n",
}


def bytes_in(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Rates:
    def __init__(self, melomine, folder, songs, duration):
        self.melomine, self.folder, self.songs, self.duration = melomine, folder, songs, duration
        self.found = {"songs": songs, "song_s": duration}

    def call(self, *words):
        return measure([self.melomine, *words])

    def put(self, stage, cpu, hours, size):
        self.found[stage] = {"cpu_s_per_hour": round(cpu / hours, 3), "bytes_per_hour": round(size / hours)}
        print(stage, self.found[stage], "%.2f h" % hours, flush=True)

    def ingest(self):
        corpus = self.folder / "corpus"
        self.call("synth", "--songs", self.songs, "--covers", 3, "--hums", 2, "--duration", self.duration, "--out", corpus)
        self.call("ingest", corpus / "songs_vocals.csv", "--out", self.folder / "shards")
        coded = self.folder / "coded"
        coded.mkdir()
        with open(corpus / "songs.csv", newline="") as table:
            rows = [row for row in csv.DictReader(table) if row["kind"] != "humming"]
        for number, row in enumerate(rows):
            source, row["path"] = corpus / row["path"], f"{number}.m4a"
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", source, "-ar", "44100", "-ac", "2", "-c:a", "aac", "-b:a", "160k",
                            coded / row["path"]], check=True)
        with open(coded / "songs.csv", "w", newline="") as table:
            writer = csv.DictWriter(table, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        _, start, _, _ = self.call("--version")
        _, cpu, _, text = self.call("ingest", coded / "songs.csv", "--out", self.folder / "ingested", "--json")
        summary = json.loads(text[text.index("{\n"):])
        hours = summary["duration_s"] / 3600
        self.put("ingest", cpu - start, hours, bytes_in(self.folder / "ingested"))
        self.found["start_s"] = round(start, 2)
        self.hours = hours
        # What is already 16 kHz costs next to nothing to decode: hashing, spool and shard are left, an upper bound of the one writer.
        _, cpu, _, text = self.call("ingest", corpus / "songs_vocals.csv", "--out", self.folder / "again", "--json")
        summary = json.loads(text[text.index("{\n"):])
        self.found["ingest_decoded"] = {"cpu_s_per_hour": round((cpu - start) / (summary["duration_s"] / 3600), 3)}

    def experiment(self, kind, name):
        path = self.folder / f"{name}.yaml"
        path.write_text(COMMON.format(root=pathlib.Path(__file__).resolve().parent.parent, folder=self.folder, name=name) + KINDS[kind])
        return path

    def mine(self, kind):
        """One worker, then two at once, of one thread each."""
        first = self.experiment(kind, kind)
        self.call("train", first)
        checkpoint = self.folder / f"runs/{kind}/round_00/train/last.safetensors"
        outline = self.call("mine", first, "--checkpoint", checkpoint, "--plan")[3].split()
        hours = float(outline[outline.index("hours") - 1])
        start = self.found["start_s"]
        wall, cpu, _, _ = self.call("mine", first, "--checkpoint", checkpoint)
        self.put("mine_" + kind, cpu - start, hours, bytes_in(self.folder / f"runs/{kind}/round_01"))
        both = self.experiment(kind, kind + "_two")
        began, before = time.monotonic(), os.times()
        pair = [subprocess.Popen([self.melomine, "mine", both, "--checkpoint", checkpoint, "--worker", f"{r}/2"], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL) for r in range(2)]
        if any(child.wait() != 0 for child in pair):
            raise SystemExit("a worker failed")
        after = os.times()
        cpu_two = after.children_user + after.children_system - before.children_user - before.children_system - 2 * start
        self.found["two_workers_" + kind] = {"one_wall_s": round(wall, 2), "two_wall_s": round(time.monotonic() - began, 2),
                                             "one_cpu_s": round(cpu - start, 2), "two_cpu_s": round(cpu_two, 2),
                                             "cpu_ratio": round(cpu_two / (cpu - start), 3)}
        print("two workers", kind, self.found["two_workers_" + kind], flush=True)
        return checkpoint

    def index(self, checkpoint):
        corpus = self.folder / "corpus"
        _, cpu, _, text = self.call("index", self.folder / "library", "--add", corpus / "references.csv", "--checkpoint", checkpoint,
                                    "--no-recall", "--json")
        summary = json.loads(text[text.index("{\n"):])
        hours = self.songs * self.duration / 3600
        size = summary["sequence_bytes"] + summary["contour_bytes"] + summary["index_bytes"]
        self.put("index", cpu - self.found["start_s"], hours, size)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--songs", type=int, default=10)
    parser.add_argument("--duration", type=int, default=180, help="seconds of a song")
    parser.add_argument("--out", default="bench/rates.json")
    parser.add_argument("--folder", help="kept; a temporary one if not given")
    parser.add_argument("--melomine", default="build/release/cli/melomine")
    options = parser.parse_args()
    if options.songs < 4:
        parser.error("--songs must be at least 4: two are held out, and a batch needs two")
    os.environ["OMP_NUM_THREADS"] = "1"
    folder = pathlib.Path(options.folder or tempfile.mkdtemp()).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        rates = Rates(pathlib.Path(options.melomine).resolve(), folder, options.songs, options.duration)
        rates.ingest()
        rates.mine("cqt")
        rates.index(rates.mine("contour"))
        rates.found["load"] = [round(value, 1) for value in os.getloadavg()]
        pathlib.Path(options.out).write_text(json.dumps(rates.found, indent=2) + "\n")
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
