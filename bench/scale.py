#!/usr/bin/env python3
"""What ingest, the plan of mining, mining and indexing take for many recordings: time, and memory by recording.

bench/scale.py [--sizes 5000,50000] [--folder DIR] [--melomine build/release/cli/melomine]

Makes tables of that many recordings (rows over a few thousand short WAV files, five recordings a song), calls each stage on each
size, and prints a table: wall and processor seconds, recordings a second, the largest resident size, and at the end by how many
bytes that size grew by recording from the smallest size to the largest. Shards hold as many recordings as shards of 1 GiB hold
songs of four minutes, so there are as many of them. What is in DIR already is used again. 500,000 recordings take DIR 8 GB.
"""
import argparse
import array
import math
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

RATE, SECONDS, FILES, SONG = 16000, 0.25, 2000, 5
EXPERIMENT = """leaks: report
name: scale
runs: {folder}/runs
data: {{shards: {folder}/shards, groups: {folder}/hums.csv, held_out_songs: 1, validation_songs: 1}}
encoder: {{width: 8}}
front_end: {{window: {{length_s: 2, step_s: 1}}}}
sampler: {{groups_per_batch: 4, max_fragments: 2}}
train: {{length: 4s, validate_every: 0s, checkpoint_every: 4s, log_every: 1s}}
evaluate: {{sets: []}}
"""


def write_wav(path, samples):
    data = array.array("h", samples).tobytes()
    header = b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    header += (1).to_bytes(2, "little") * 2 + RATE.to_bytes(4, "little") + (2 * RATE).to_bytes(4, "little")
    header += (2).to_bytes(2, "little") + (16).to_bytes(2, "little") + b"data" + len(data).to_bytes(4, "little")
    path.write_bytes(header + data)


def make_audio(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(files):
        path = folder / f"{i:04}.wav"
        if not path.exists():
            step = 2 * math.pi * (110 * 2 ** (i % 37 / 12) + i) / RATE
            write_wav(path, (int(8000 * math.sin(step * t)) for t in range(int(SECONDS * RATE))))


def make_tables(folder, audio, files, recordings):
    """songs.csv, and the songs as references.csv of a library."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "songs.csv", "w") as songs, open(folder / "references.csv", "w") as references:
        songs.write("recording_id,song_id,kind,path,title,artist,youtube_id\n")
        references.write("reference_id,path,title\n")
        for i in range(recordings):
            song, kind = i // SONG, "cover" if i % SONG else "original"
            path = os.path.relpath(audio / f"{i % files:04}.wav", folder)
            title = f"The song number {song} of many"
            songs.write(f"recording{i:07},song{song:07},{kind},{path},{title},The band of {i % 977},yt{i:09}\n")
            references.write(f"recording{i:07},{path},{title}\n")


def measure(words):
    """@returns wall seconds, processor seconds, peak resident bytes, what it printed"""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        child = subprocess.Popen([str(word) for word in words], stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status != 0:
        raise SystemExit(f"{' '.join(map(str, words))}: {text[-2000:]}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text


def make_checkpoint(melomine, folder):
    """An encoder, trained for a moment on a few generated songs."""
    checkpoint = folder / "encoder.safetensors"
    if not checkpoint.exists():
        work = folder / "encoder"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        measure([melomine, "synth", "--songs", 6, "--covers", 0, "--hums", 2, "--duration", 16, "--out", work / "corpus"])
        measure([melomine, "ingest", work / "corpus/songs_vocals.csv", "--out", work / "shards"])
        shutil.copy(work / "corpus/hums.csv", work / "hums.csv")
        (work / "experiment.yaml").write_text(EXPERIMENT.format(folder=work))
        measure([melomine, "train", work / "experiment.yaml"])
        shutil.copy(work / "runs/scale/round_00/train/last.safetensors", checkpoint)
    return checkpoint


class Scale:
    def __init__(self, melomine, folder, most):
        self.melomine, self.folder, self.rows = melomine, folder, []
        self.audio, self.files = folder / "audio", min(FILES, most)
        make_audio(self.audio, self.files)
        self.checkpoint = make_checkpoint(melomine, folder)

    def record(self, stage, recordings, words, handled=None):
        wall, cpu, rss, text = measure([self.melomine, *words])
        self.rows.append((stage, recordings, handled or recordings, wall, cpu, rss))
        print("%-22s %8d  %8.1f s wall %8.1f s cpu %9.0f /s %7.0f MB" %
              (stage, recordings, wall, cpu, (handled or recordings) / wall, rss / 1e6), flush=True)
        return text

    def run(self, recordings, stages):
        folder = self.folder / str(recordings)
        if not (folder / "references.csv").exists():
            make_tables(folder, self.audio, self.files, recordings)
        experiment = folder / "experiment.yaml"
        (folder / "hums.csv").touch()
        experiment.write_text(EXPERIMENT.format(folder=folder))
        ingest = ["ingest", folder / "songs.csv", "--out", folder / "shards", "--shard-mib", 1]
        if "ingest" in stages:
            self.record("ingest", recordings, ingest)
        if "again" in stages:
            self.record("ingest, finished", recordings, ingest)
        mine = ["mine", experiment, "--checkpoint", self.checkpoint]
        if "plan" in stages:
            print("  " + self.record("mine --plan", recordings, [*mine, "--plan"]).strip().splitlines()[-1])
        if "mine" in stages:
            shutil.rmtree(folder / "runs", ignore_errors=True)
            parts = -(-recordings // SONG // 4)
            self.record("mine, a part", recordings, [*mine, "--worker", f"0/{parts}"], 4 * SONG)
        if "all" in stages:
            self.record("mine, all", recordings, mine)
        if "index" in stages:
            shutil.rmtree(folder / "library", ignore_errors=True)
            index = ["index", folder / "library", "--add", folder / "references.csv"]
            self.record("index", recordings, [*index, "--checkpoint", self.checkpoint, "--no-recall"])
            self.record("index, nothing new", recordings, [*index, "--no-recall"])

    def growth(self):
        print("\nresident size by recording, from the smallest size to the largest:")
        for stage in dict.fromkeys(row[0] for row in self.rows):
            rows = sorted((row[1], row[5]) for row in self.rows if row[0] == stage)
            if len(rows) > 1:
                (few, small), (many, large) = rows[0], rows[-1]
                print("%-22s %8.0f bytes a recording (%d to %d)" % (stage, (large - small) / (many - few), few, many))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="5000,50000", help="numbers of recordings")
    parser.add_argument("--stages", default="ingest,again,plan,mine,index", help="also: all (mining of all parts)")
    parser.add_argument("--folder", help="kept; a temporary one if not given")
    parser.add_argument("--melomine", default="build/release/cli/melomine")
    options = parser.parse_args()
    folder = pathlib.Path(options.folder or tempfile.mkdtemp()).resolve()
    try:
        sizes = [int(size) for size in options.sizes.split(",")]
        scale = Scale(pathlib.Path(options.melomine).resolve(), folder, max(sizes))
        for size in sizes:
            scale.run(size, options.stages.split(","))
        scale.growth()
    finally:
        if not options.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
