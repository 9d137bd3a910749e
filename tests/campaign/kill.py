"""Kills jobs with SIGKILL at random moments and compares what they leave with what an uninterrupted job leaves.

usage: kill.py MELOMINE FOLDER KILLS [--seed S] [--jobs J] [--only NAME ...]
The folder keeps how far it is: the same command goes on."""
import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import jobs as melomine_jobs
from jobs import Failed, environment


MOST_ATTEMPTS = 6  # at one job, before it is let through


class State:
    """How far each job is, in a file that is replaced whole after each kill."""

    def __init__(self, path):
        self.path, self.lock = Path(path), threading.Lock()
        self.jobs = json.loads(self.path.read_text()) if self.path.exists() else {}

    def of(self, name):
        return self.jobs.setdefault(name, {"kills": 0, "attempts": 0, "same": 0, "here": 0, "faults": [], "whole_s": 0})

    def save(self):
        with self.lock:
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(self.jobs, indent=1))
            fresh.replace(self.path)


def moment(chance, whole_s):
    """When to kill: most anywhere, some right after the start, some around the end."""
    which = chance.random()
    if which < 0.15:
        return chance.uniform(0, 0.1) * whole_s
    if which < 0.3:
        return chance.uniform(0.8, 1.1) * whole_s
    return chance.uniform(0, 1) * whole_s


def start(job, out, log):
    return subprocess.Popen(job.words(out), cwd=job.home, env=environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                            start_new_session=True)


def descendants(pid):
    """The process and those that it started."""
    found = [pid]
    for one in found:
        try:
            text = Path(f"/proc/{one}/task/{one}/children").read_text()
        except OSError:
            continue
        found += [int(child) for child in text.split()]
    return found


def end(process, chance):
    """Kills the process, or one of those that it started. @returns whether it was still at work"""
    if process.poll() is not None:
        return False
    victims = descendants(process.pid)
    victim = process.pid if len(victims) == 1 or chance.random() < 0.5 else chance.choice(victims[1:])
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return False
    if victim == process.pid:
        process.wait()
    else:  # what goes on without it is left to end, and then counts for itself
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise Failed(f"{process.args[1]} waits for a part of it that was killed")
    return True


def clean_up(process):
    """Nothing that belonged to a killed process may work on."""
    try:
        os.killpg(process.pid, 0)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def attempt(job, out, state, chance, log):
    """Starts the job, all workers of it, and kills one after the other. @returns whether all ended by themselves"""
    workers = [start(job, out, log) for _ in range(job.workers)]
    through = True
    for worker in workers:
        at = time.monotonic() + moment(chance, state["whole_s"]) / job.workers
        while time.monotonic() < at and worker.poll() is None:
            time.sleep(0.002)
        if end(worker, chance):
            state["kills"] += 1
            through = False
        clean_up(worker)
    state["attempts"] += 1
    return through


def finished(job, out):
    """Inode and time of each mark of a finished stage, which one that is made again would change."""
    marks = {}
    for path in job.place(out).rglob("DONE"):
        if path.parent.suffix != ".part":  # a stage is finished when its folder has its name
            status = path.stat()
            marks[str(path)] = (status.st_ino, status.st_mtime_ns)
    return marks


def look(job, out, seen):
    """@throws Failed where a finished stage was made again"""
    now = finished(job, out)
    again = [path for path, mark in seen.items() if now.get(path) != mark]
    if again:
        raise Failed(f"a finished stage was made again: {', '.join(again[:4])}")
    return now


def compare(job, out, whole):
    job.begin(out)
    melomine_jobs.must(job.words(out), job.home)
    have = job.results(out)
    different = sorted(p for p in whole.keys() | have.keys() if whole.get(p) != have.get(p))
    if different:
        raise Failed(f"{out}: differs: {', '.join(different[:8])}")
    if left := job.left_over(out):
        raise Failed(f"{out}: left over: {', '.join(left[:8])}")


def whole_results(job, state):
    """What an uninterrupted job leaves, and how long it takes."""
    if not (out := job.place("whole_" + job.name.split()[0])).exists() or "whole" not in state:
        job.clear(out.name)
        job.begin(out.name)
        began = time.monotonic()
        melomine_jobs.must(job.words(out.name), job.home)
        state["whole_s"] = time.monotonic() - began
        state["whole"] = job.results(out.name)
    return state["whole"]


def campaign(job, kills, seed, states):
    state = states.of(job.name)
    whole = whole_results(job, state)
    states.save()
    seen = {}
    with open(job.home / f"{job.name}.log", "ab") as log:
        while state["kills"] < kills and len(state["faults"]) < 5:
            out = f"{job.name.split()[0]}_{len(state['faults'])}"
            chance = random.Random(f"{seed} {job.name} {state['attempts']}")
            try:
                job.begin(out)
                through = attempt(job, out, state, chance, log)
                state["here"] += 1
                seen = look(job, out, seen)
                # One that was killed often enough is let through, so that many are compared.
                if through or state["here"] >= MOST_ATTEMPTS or state["kills"] >= kills:
                    state["here"] = 0
                    compare(job, out, whole)
                    look(job, out, seen)
                    state["same"] += 1
                    job.clear(out)
                    seen = {}
            except Failed as fault:  # its folder stays as it is
                state["faults"].append(f"after {state['kills']} kills: {fault}")
                seen = {}
            states.save()


def table(found, states):
    print(f"{'job':<16}{'kills':>7}{'identical':>11}{'faults':>8}{'uninterrupted':>15}")
    total = [0, 0, 0]
    for job, left_out in found:
        if left_out:
            print(f"{job.name:<16} left out: {left_out}")
            continue
        state = states.of(job.name)
        row = [state["kills"], state["same"], len(state["faults"])]
        total = [a + b for a, b in zip(total, row)]
        print(f"{job.name:<16}{row[0]:>7}{row[1]:>11}{row[2]:>8}{state['whole_s']:>13.1f} s")
    print(f"{'all':<16}{total[0]:>7}{total[1]:>11}{total[2]:>8}")
    faults = [f"{job.name}: {fault}" for job, _ in found for fault in states.of(job.name)["faults"]]
    for fault in faults:
        print("fault:", fault)
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("melomine")
    parser.add_argument("folder")
    parser.add_argument("kills", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    melomine, home = str(Path(options.melomine).resolve()), Path(options.folder).resolve()
    melomine_jobs.material(melomine, home)
    found = melomine_jobs.available(melomine, home, options.only)
    at_work = [job for job, left_out in found if not left_out]
    states = State(home / "kills.json")
    shares = sum(job.share for job in at_work)
    waiting, problems = list(at_work), []

    def take():
        while waiting:
            job = waiting.pop(0)
            try:
                campaign(job, -(-options.kills * job.share // shares), options.seed, states)
            except Exception as problem:  # of the campaign itself
                problems.append(f"{job.name}: {problem!r}")

    threads = [threading.Thread(target=take) for _ in range(options.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    faults = table(found, states)
    for problem in problems:
        print("campaign:", problem, file=sys.stderr)
    return 3 if problems else 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
