#!/usr/bin/env python3
"""Submits the batch files of scripts/slurm to a real SLURM, which this sets up on this machine for as long as it runs.

tests/support/slurm/real_cluster.py [--melomine build/release/cli/melomine] [--folder F] [--only NAME ...]

Needs root and SLURM's and munge's daemons (Debian: slurm-wlm, munge); not a part of the tests, as it takes minutes. In a folder of its own
it starts munged, slurmctld and two slurmd, which are two nodes of this machine. Each job is warned while it works, as before its time limit:
SIGUSR1 to the batch script alone. Queued again, it must end with the files of an undisturbed run. Prints a line for each job;
exits with 1 where one differs. Standard library only.
"""
import argparse
import glob
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

CONFIGURATION = """
ClusterName=melomine
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that is queued again waits until its credentials are old.
AuthInfo=socket={folder}/munge.socket,cred_expire=10
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
# More processors than there are, so that all tasks of an array run at once.
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={port_1} CPUs=16 RealMemory=100000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={port_2} CPUs=16 RealMemory=100000
PartitionName=one Nodes=n1 Default=YES MaxTime=INFINITE State=UP
PartitionName=two Nodes=n1,n2 MaxTime=INFINITE State=UP
"""

EXPERIMENT = """
leaks: report
runs: runs
data: {shards: shards, groups: corpus/hums.csv, time_maps: corpus/truth.csv, held_out_songs: 1, validation_songs: 1}
encoder: {width: 8}
sampler: {groups_per_batch: 4, max_fragments: 2}
front_end: {window: {length_s: 2, step_s: 1}}
train: {length: 60s, checkpoint_every: 7s, validate_every: 20s, log_every: 1s, optimizer: {learning_rate: 0.002}}
mine: {songs_per_part: 1, match: {relevant: 0.5, irrelevant: 0.2}}
loop: {rounds: 1}
evaluate: {sets: [{name: held_out, bootstrap_resamples: 100}]}
"""

SWEEP = """
extends: experiment.yaml
train: {length: 40s, checkpoint_every: 2s}
sweep: {seeds: [1, 2], points: [{grid: {mine.match.relevant: [0.5, 0.6]}}]}
"""

TRAINED = ["round_00/train/last.safetensors", "round_00/train/best.safetensors"]
LOOPED = TRAINED + [f"round_01/{name}" for name in ("mine/mined.h5", "train/last.safetensors", "evaluate/held_out/queries.csv")]


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Cluster:
    """Daemons from entry to exit, and what is asked of them."""

    def __init__(self, folder, melomine):
        self.folder = folder
        program = folder / "bin"
        program.mkdir(parents=True, exist_ok=True)
        (program / "melomine").unlink(missing_ok=True)
        (program / "melomine").symlink_to(melomine)
        self.scripts = pathlib.Path(__file__).resolve().parents[3] / "scripts/slurm"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_")}
        self.environment |= {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": f"{program}:{os.environ['PATH']}:/usr/sbin",
                             "MELOMINE_SLURM": str(self.scripts), "OMP_NUM_THREADS": "1"}

    def __enter__(self):
        (self.folder / "state").mkdir(exist_ok=True)
        port, port_1, port_2 = free_ports(3)
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(
            host=socket.gethostname().split(".")[0], folder=self.folder, port=port, port_1=port_1, port_2=port_2))
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        named = [f"--{name}={self.folder}/munge.{name.split('-')[0]}" for name in ("socket", "key-file", "pid-file", "log-file", "seed-file")]
        try:
            self.run(["munged", "--force", *named])
            self.run(["slurmctld", "-c"])
            for node in ("n1", "n2"):
                self.run(["slurmd", "-N", node])
            self.until(lambda: self.run(["sinfo", "-h", "-N", "-p", "two", "-t", "idle"]).count("\n") == 2, "nodes to be idle")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run(["scancel", "--user=root"], env=self.environment, stderr=subprocess.DEVNULL, check=False)
        for name in ("slurmd-n1", "slurmd-n2", "slurmctld", "munge"):
            file = self.folder / f"{name}.pid"
            if file.exists():
                subprocess.run(["kill", file.read_text().strip()], check=False)

    def run(self, words, status=0):
        done = subprocess.run(words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != status:
            raise RuntimeError(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout[-2000:]}")
        return done.stdout

    @staticmethod
    def until(holds, what, limit_s=600):
        start = time.time()
        while not holds():
            if time.time() - start > limit_s:
                raise RuntimeError(f"waited {limit_s} s in vain for {what}")
            time.sleep(0.05)

    def tasks(self, job):
        """@returns {task of an array, or the job itself: what `scontrol show job` says of it}"""
        found = {}
        for line in self.run(["scontrol", "--oneliner", "show", "job", job]).splitlines():
            fields = dict(word.partition("=")[::2] for word in line.split())
            found[fields.get("ArrayTaskId", "")] = fields
        return found

    def submit(self, words, warned_at):
        """Each task is sent SIGUSR1 when its file, with %a for its number, is there. @returns what is wrong, empty where nothing is"""
        first = next(i for i, word in enumerate(words) if not word.startswith("--"))
        script = self.scripts / f"{words[first]}.sbatch"
        job = self.run(["sbatch", "--parsable", "--cpus-per-task=1", "--mem-per-cpu=100M", "--output=job-%j.log", *words[:first], script,
                        *words[first + 1:]]).strip()
        waiting = None

        def is_over():
            nonlocal waiting
            tasks = self.tasks(job)
            if waiting is None and all(fields["JobState"] == "RUNNING" for fields in tasks.values()):
                # The number of the last task of an array stands for all of them.
                waiting = {task: f"{job}_{task}" if task else job for task in tasks}
            for task, number in list((waiting or {}).items()):
                if glob.glob(str(self.folder / warned_at.replace("%a", task))):
                    self.run(["scancel", "--batch", "--signal=USR1", number])
                    del waiting[task]
            return all(fields["JobState"] not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED") for fields in tasks.values())

        self.until(is_over, f"job {job}")
        return "; ".join(f"job {fields['JobId']} is {fields['JobState']} with {fields['ExitCode']} after {fields['Restarts']} restarts"
                         for fields in self.tasks(job).values() if fields["JobState"] != "COMPLETED" or fields["Restarts"] != "1")


def differing(whole, pieces, names):
    """Files, relative to both folders, that are not the same in both."""
    def differs(name):
        return not (whole / name).exists() or not (pieces / name).exists() or (whole / name).read_bytes() != (pieces / name).read_bytes()
    return [name for name in names if differs(name)]


def job(command, name, options=(), settings=(), warned_at="round_00/train/metrics.jsonl", files=TRAINED, launched=()):
    """A command that makes runs/NAME-whole, and the job that makes runs/NAME-pieces of it.
    @returns (undisturbed commands, what sbatch gets, when it is warned, folder of the first, of the second, the files that count)"""
    words = [command, "sweep.yaml" if command == "sweep" else "experiment.yaml"]
    whole, pieces = f"name={name}-whole", f"name={name}-pieces"
    commands = [["train", words[1], run, *settings] for run in (whole, pieces) if command == "mine"]
    commands.append([*launched, *words, whole, *settings])
    return (commands, [*options, command, words[1], pieces, *settings], f"runs/{name}-pieces/{warned_at}",
            f"runs/{name}-whole", f"runs/{name}-pieces", files)


def jobs():
    launched = ["launch", "-n", "2", "--"]
    ingested = ["ingest", "corpus/songs_vocals.csv", "--shard-mib", "8", "--out"]
    return {
        "ingest": ([[*ingested, "whole"]], [*ingested, "pieces"], "pieces/spool/0000003.pcm", "whole", "pieces", "*"),
        "train": job("train", "one"),
        "train, two tasks": job("train", "ranks", ["--ntasks=2"], launched=launched),
        "train, two nodes": job("train", "nodes", ["--partition=two", "--nodes=2", "--ntasks=2", "--ntasks-per-node=1"], launched=launched),
        "mine": job("mine", "mined", ["--array=0-1"], ["front_end.window.step_s=0.05", "train.validate_every=0s"],
                    "round_01/mine/part-0000%a.h5", ["round_01/mine/mined.h5", "round_01/mine/mined.csv"]),
        "run": job("run", "loop", warned_at="round_01/train/metrics.jsonl", files=LOOPED),
        "sweep": job("sweep", "sweep", ["--array=0-1"], warned_at="points/*/round_00/train/metrics.jsonl",
                     files="points/*/round_0?/train/last.safetensors"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--melomine", type=pathlib.Path, default=pathlib.Path("build/release/cli/melomine"))
    parser.add_argument("--folder", type=pathlib.Path, help="that is kept; otherwise one that is removed")
    parser.add_argument("--only", nargs="+")
    options = parser.parse_args()
    missing = [name for name in ("munged", "slurmctld", "slurmd", "sbatch") if shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin") is None]
    if missing or os.geteuid() != 0:
        sys.exit(f"needs root and {', '.join(missing) or 'nothing more'}")
    folder = (options.folder or pathlib.Path(tempfile.mkdtemp(prefix="slurm-"))).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    failed = False
    try:
        with Cluster(folder, options.melomine.resolve()) as cluster:
            melomine = cluster.folder / "bin/melomine"
            cluster.run([melomine, "synth", "--seed", "7", "--out", "corpus", "--songs", "6", "--covers", "2", "--hums", "2", "--duration", "30"])
            cluster.run([melomine, "ingest", "corpus/songs_vocals.csv", "--out", "shards"])
            (folder / "experiment.yaml").write_text(EXPERIMENT)
            (folder / "sweep.yaml").write_text(SWEEP)
            for name, (commands, submitted, warned_at, whole, pieces, files) in jobs().items():
                if options.only and name not in options.only:
                    continue
                for command in commands:
                    cluster.run([melomine, *command])
                wrong = cluster.submit(submitted, warned_at)
                if isinstance(files, str):
                    files = [path.relative_to(folder / whole) for path in (folder / whole).glob(files) if path.is_file() and path.name[0] != "."]
                differ = differing(folder / whole, folder / pieces, files)
                left = [path.name for path in (folder / pieces).glob(".rendezvous-*")]
                verdict = wrong or (f"differ: {', '.join(map(str, differ))}" if differ else f"as undisturbed, {len(files)} files")
                failed |= bool(wrong or differ or left)
                print(f"{name:20} {verdict}{'; left: ' + ' '.join(left) if left else ''}", flush=True)
    finally:
        if options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failed else 0)


main()
