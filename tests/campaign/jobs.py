"""Small jobs of melomine, each with what it leaves, for campaigns of kills and of faults."""
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

EXPERIMENT = """\
leaks: report
data: {shards: shards, groups: corpus/hums.csv, time_maps: corpus/truth.csv, held_out_songs: 1, validation_songs: 1}
encoder: {width: 8}
front_end: {window: {length_s: 2, step_s: 0.5}}
sampler: {groups_per_batch: 4, max_fragments: 2}
train: {length: 12s, checkpoint_every: 3s, validate_every: 6s, log_every: 2s}
mine: {songs_per_part: 1, match: {relevant: 0.5, irrelevant: 0.2}}
loop: {rounds: 1}
evaluate: {sets: [{name: held_out, bootstrap_resamples: 100}]}
"""
SWEEP = EXPERIMENT.replace("length: 12s", "length: 6s") + """\
sweep:
  points:
    - grid: {mine.match.relevant: [0.5, 0.6]}
"""
# Of a run's files, those that hold times of day, or of work.
# A lock that is left behind holds a time and locks nothing: it is the kernel's that counts.
TIMED = {"provenance.json", "run.log", "report.html", "figures.json", "round.json", "output.log", ".lock"}


class Failed(Exception):
    """A command that should have ended well, or a result that is not right."""


def environment(more=None):
    return {**os.environ, "OMP_NUM_THREADS": "1", **(more or {})}


def must(words, folder):
    done = subprocess.run(words, cwd=folder, env=environment(), capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(words)}: exit status {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def without_times(path):
    """A file's bytes without the times in it."""
    data = path.read_bytes()
    if path.name == "metrics.jsonl":
        lines = [re.sub(rb',"time":[0-9.e+]+', b"", line) for line in data.splitlines()]
        return b"\n".join(line for line in lines if b"steps_per_s" not in line and b"data_wait_share" not in line)
    if path.name == "sources.csv":  # times of files that the job itself wrote
        rows = [line.split(b",") for line in data.splitlines()]
        return b"\n".join(b",".join(row[:2] + row[3:]) for row in rows)
    if path.name == "DONE":  # its second line is how long the stage took
        return data.split(b"\n")[0]
    if path.name == "report.txt":  # "model: 1 s", the time that a system took
        return re.sub(rb": [0-9.]+ s\b", b"", data)
    if path.name in ("report.json", "summary.json"):
        return b"\n".join(line for line in data.splitlines() if b"wall_s" not in line)
    return data


def all_files(folder, leave_out=()):
    """Digest of each file that does not hold times, by its path."""
    found = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path.name not in TIMED and path.name not in leave_out:
            found[str(path.relative_to(folder))] = digest(without_times(path))
    return found


class Job:
    """A command that goes on where an earlier one was interrupted."""

    name = ""
    workers = 1  # processes of the command at once
    share = 2  # of the kills of a campaign: long jobs have fewer

    def __init__(self, melomine, home):
        self.melomine, self.home = melomine, Path(home)

    def place(self, out):
        return self.home / out

    def words(self, out):
        raise NotImplementedError

    def again(self, out):
        """The command that goes on behind a fault."""
        return self.words(out)

    def begin(self, out):
        """What has to be there before the command."""

    def clear(self, out):
        shutil.rmtree(self.place(out), ignore_errors=True)

    def results(self, out):
        return all_files(self.place(out))

    def left_over(self, out):
        return [str(p) for p in self.place(out).rglob("*") if p.name.endswith((".tmp", ".part"))]


class Ingest(Job):
    name = "ingest"

    def words(self, out):
        return [self.melomine, "ingest", "corpus/songs.csv", "--out", out, "--shard-mib", "1"]


class OfExperiment(Job):
    """A stage of a run."""

    command, settings = "run", ()

    def place(self, out):
        return self.home / "runs" / out

    def words(self, out):
        return [self.melomine, self.command, "tiny.yaml", f"name={out}", *self.settings]

    def results(self, out):
        # The report's curves and the page of the run are compared by the files that they are made of.
        return {path: value for path, value in all_files(self.place(out), ("experiment.yaml",)).items()
                if "tensorboard" not in path}


class Train(OfExperiment):
    name, command = "train", "train"
    settings = ("train.length=30s", "train.checkpoint_every=2s", "train.validate_every=10s")


class TrainTwoRanks(Train):
    name = "train, 2 ranks"

    def words(self, out):
        return [self.melomine, "launch", "-n", "2", "--", *super().words(out)[1:]]


class Mine(OfExperiment):
    name, command = "mine", "mine"

    def begin(self, out):
        if not self.place(out).exists():
            shutil.copytree(self.home / "runs/trained", self.place(out))
            experiment = self.place(out) / "experiment.yaml"
            experiment.write_text(experiment.read_text().replace("name: trained", f"name: {out}"))


class Run(OfExperiment):
    name, command, share = "run", "run", 1


class Index(Job):
    name = "index"

    def words(self, out):
        return [self.melomine, "index", out, "--add", "corpus/references.csv", "--checkpoint",
                "runs/trained/round_00/train/last.safetensors", "--segment-songs", "1", "--no-recall"]

    def results(self, out):
        # How many generations it took depends on the kills; what is found does not.
        manifest = json.loads((self.place(out) / "library.json").read_text())
        names = [s["name"] for s in manifest["segments"]] + [i["name"] for i in manifest["indexes"]]
        must([self.melomine, "index", out, "--verify"], self.home)
        hums = sorted(str(p.relative_to(self.home)) for p in (self.home / "corpus/hums").iterdir())[:2]
        found = must([self.melomine, "search", out, *hums, "--json"], self.home)
        files = {f"segment {n}": digest(b"".join(p.read_bytes() for p in sorted((self.place(out) / "segments" / s["name"]).iterdir())))
                 for n, s in enumerate(manifest["segments"])}
        present = sorted(p.name for p in self.place(out).glob("*/*"))
        files["files that are no part of it"] = str(sorted(set(present) - set(names)))
        files["found"] = digest(re.sub(r'"(hearing|search)_s":[0-9.e-]+', "", found).encode())
        return files


class Sweep(Job):
    name, workers, share = "sweep", 2, 1

    def place(self, out):
        return self.home / "runs" / out

    def words(self, out):
        return [self.melomine, "sweep", "sweep.yaml", f"name={out}"]

    def again(self, out):
        return [*self.words(out), "--retry-failed"]

    def results(self, out):
        points = self.place(out) / "points"
        return {path: value for path, value in all_files(points, ("experiment.yaml", "inputs.json")).items()
                if path.endswith((".safetensors", ".csv", ".h5", "summary.json", "DONE"))}


class Regenerate(Job):
    name = "regenerate"

    def words(self, out):
        return [self.melomine, "regenerate", "wanted.csv", "--audio", "corpus", "--out", out]

    def results(self, out):
        return all_files(self.place(out), ("recordings.jsonl", "statement.txt"))


JOBS = [Ingest, Train, TrainTwoRanks, Mine, Run, Index, Sweep, Regenerate]


def material(melomine, home):
    """What the jobs read: a corpus, its shards, an encoder. Made once."""
    home = Path(home)
    home.mkdir(parents=True, exist_ok=True)
    if (home / "ready").exists():
        return
    must([melomine, "synth", "--songs", "5", "--covers", "2", "--hums", "2", "--duration", "12", "--seed", "7", "--out",
          "corpus"], home)
    must([melomine, "ingest", "corpus/songs_vocals.csv", "--out", "shards"], home)
    (home / "tiny.yaml").write_text(EXPERIMENT)
    (home / "sweep.yaml").write_text(SWEEP)
    must([melomine, "train", "tiny.yaml", "name=trained"], home)
    rows = (home / "corpus/hums.csv").read_text().splitlines()
    columns = rows[0].split(",")
    # Fragments of hums by the recordings' ids, as a table that was published.
    (home / "wanted.csv").write_text("\n".join(rows) + "\n")
    assert columns[:3] == ["group_id", "fragment_id", "id"]
    (home / "ready").write_text("")


def known(melomine, command):
    return subprocess.run([melomine, command, "--help"], env=environment(), capture_output=True).returncode == 0


def available(melomine, home, only):
    """The jobs that this binary has. @returns [(job, "" or why it is left out)]"""
    jobs = []
    for kind in JOBS:
        job = kind(melomine, home)
        if only and job.name not in only:
            continue
        missing = isinstance(job, TrainTwoRanks) and not known(melomine, "launch")
        jobs.append((job, "the binary has no command launch" if missing else ""))
    return jobs
