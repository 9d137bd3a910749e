"""Lets the disk and the clock fail under jobs, and compares what they leave when they are run again.

usage: faults.py MELOMINE FOLDER [--seed S] [--only JOB ...] [--faults NAME ...] [--moments N]
A job that meets a fault ends well with the right result, or with an error that names what failed. The same command
without the fault then ends with what an uninterrupted job leaves."""
import argparse
import errno
import json
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jobs as melomine_jobs
from jobs import Failed, environment

HERE = Path(__file__).resolve().parent
# Name, call, effect of MELOMINE_FAULT (faults.c), whether it goes on.
FAULTS = [
    ("reading fails (EIO)", "read", errno.EIO, False),
    ("reads are short", "read", "short", True),
    ("reads are interrupted", "read", errno.EINTR, False),
    ("writing fails (EIO)", "write", errno.EIO, False),
    ("the disk is full", "write", errno.ENOSPC, True),
    ("writes are short", "write", "short", True),
    ("writes are interrupted", "write", errno.EINTR, False),
    ("syncing fails", "sync", errno.EIO, False),
    ("renaming fails", "rename", errno.EIO, False),
    ("a file has vanished", "open", errno.ENOENT, False),
    ("a file may not be read", "open", errno.EACCES, False),
    ("the disk is read-only", "create", errno.EROFS, True),
    ("no more files may be open", "open", errno.EMFILE, False),
    ("the clock steps back an hour", "clock", "back", True),
]
TWO_AT_ONCE = "two processes at once"
INSIDES = re.compile(r"json\.exception|std::|terminate called|c10::|frame #|what\(\)|basic_string|bad_alloc|Aborted")


class Shim:
    """faults.c as a library."""

    def __init__(self, folder):
        self.library, self.under = folder / "faults.so", folder
        subprocess.run(["cc", "-std=c11", "-O1", "-shared", "-fPIC", "-o", self.library, HERE / "faults.c", "-ldl"], check=True)

    def environment(self, **more):
        variables = {f"MELOMINE_FAULT{'_' + key.upper() if key else ''}": str(value) for key, value in more.items()}
        return environment({"LD_PRELOAD": str(self.library), "MELOMINE_FAULT_UNDER": str(self.under), **variables})


def run(job, out, variables):
    """@returns exit status and what was printed"""
    done = subprocess.run(job.words(out), cwd=job.home, env=variables, capture_output=True, text=True, errors="replace",
                          timeout=300)
    return done.returncode, done.stdout + done.stderr


def counts(job, shim):
    """How often an uninterrupted job makes each kind of call."""
    file = shim.under / "counts"
    file.unlink(missing_ok=True)
    out = "counted"
    job.clear(out)
    job.begin(out)
    run(job, out, shim.environment(count=file))
    job.clear(out)
    total = {}
    for line in file.read_text().splitlines():
        call, number = line.split()
        total[call] = max(total.get(call, 0), int(number))
    return total


def ending(status, said):
    """@returns "right", "named error", or what is wrong with how a job ended"""
    if status == 0:
        return "right"
    if status < 0 or status > 128 and status != 130:
        name = signal.Signals(-status).name if status < 0 else f"signal {status - 128}"
        return f"killed by {name}: {said[-300:]}"
    if INSIDES.search(said):
        return f"shows its insides: {INSIDES.search(said).group()}: {said[-400:]}"
    return "named error" if "melomine: " in said or "failed" in said else f"no error is named: {said[-300:]}"


def compared(job, out, whole):
    """The same command without the fault. @returns "" or what is wrong"""
    job.begin(out)
    try:
        melomine_jobs.must(job.again(out), job.home)
        have = job.results(out)
    except (Failed, OSError) as fault:
        return f"the same command again: {fault}"
    different = sorted(p for p in whole.keys() | have.keys() if whole.get(p) != have.get(p))
    if different:
        return f"differs: {', '.join(different[:6])}"
    left = job.left_over(out)
    return f"left over: {', '.join(left[:6])}" if left else ""


def meet(job, fault, k, shim, whole):
    """One job with one fault. @returns how it ended, and what is wrong ("" nothing)"""
    _, call, effect, goes_on = fault
    out = "faulty_" + job.name.split()[0]
    job.clear(out)
    job.begin(out)
    once = shim.under / "once"
    once.unlink(missing_ok=True)
    more = {} if goes_on else {"once": once}
    try:
        status, said = run(job, out, shim.environment(**{"": f"{call}:{effect}:{k}{'+' if goes_on else ''}"}, **more))
    except subprocess.TimeoutExpired:
        return "hang", "not through after 300 s"
    how = ending(status, said)
    if how not in ("right", "named error"):
        return "wrong", how
    return how, compared(job, out, whole)


def two_at_once(job, whole):
    out = "twice_" + job.name.split()[0]
    job.clear(out)
    job.begin(out)
    both = [subprocess.Popen(job.words(out), cwd=job.home, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True) for _ in range(2)]
    ends = [ending(process.returncode, said) for process, said in [(p, p.communicate()[0]) for p in both]]
    wrong = [end for end in ends if end not in ("right", "named error")]
    if wrong:
        return "wrong", wrong[0]
    if "right" not in ends:
        return "wrong", "neither of two came through"
    return "named error" if "named error" in ends else "right", compared(job, out, whole)


def moments(call, totals, count, chance):
    """Which calls fail, `count` of them: spread over those that there are."""
    number = max(1, totals.get(call, 1))
    return [min(number, max(1, round((i + chance.random()) / count * number))) for i in range(count)]


def campaign(job, faults, options, shim, results):
    whole_out = "whole_" + job.name.split()[0]
    job.clear(whole_out)
    job.begin(whole_out)
    melomine_jobs.must(job.words(whole_out), job.home)
    whole, totals = job.results(whole_out), counts(job, shim)
    for fault in faults:
        calls = moments(fault[1], totals, options.moments, random.Random(f"{options.seed} {job.name} {fault[0]}"))
        for number, k in enumerate(calls, 1):
            yield from one(results, f"{job.name}, {fault[0]}, {number}", lambda: meet(job, fault, k, shim, whole))
    if not options.faults or TWO_AT_ONCE in options.faults:
        yield from one(results, f"{job.name}, {TWO_AT_ONCE}, 1", lambda: two_at_once(job, whole))


def one(results, key, work):
    if key not in results:
        results[key] = work()
        yield key


def table(results):
    rows = {}
    for key, (how, wrong) in results.items():
        job, fault, _ = key.rsplit(", ", 2)
        row = rows.setdefault(fault, {"right": 0, "named error": 0, "wrong": 0})
        row["wrong" if wrong or how not in row else how] += 1
    print(f"{'fault':<32}{'right':>8}{'named error':>14}{'wrong':>8}")
    for fault, row in rows.items():
        print(f"{fault:<32}{row['right']:>8}{row['named error']:>14}{row['wrong']:>8}")
    total = [sum(row[column] for row in rows.values()) for column in ("right", "named error", "wrong")]
    print(f"{'all':<32}{total[0]:>8}{total[1]:>14}{total[2]:>8}")
    for key, (how, wrong) in results.items():
        if wrong:
            print(f"fault: {key}: {how}: {wrong}")
    return total[2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("melomine")
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--faults", nargs="*", default=[])
    parser.add_argument("--moments", type=int, default=2)
    options = parser.parse_args()
    melomine, home = str(Path(options.melomine).resolve()), Path(options.folder).resolve()
    melomine_jobs.material(melomine, home)
    shim = Shim(home)
    state = home / "faults.json"
    results = json.loads(state.read_text()) if state.exists() else {}
    faults = [fault for fault in FAULTS if not options.faults or fault[0] in options.faults]
    for job, left_out in melomine_jobs.available(melomine, home, options.only):
        if left_out:
            print(f"{job.name} is left out: {left_out}")
            continue
        for _ in campaign(job, faults, options, shim, results):
            fresh = state.with_suffix(".new")
            fresh.write_text(json.dumps(results, indent=1))
            fresh.replace(state)
    return 1 if table(results) else 0


if __name__ == "__main__":
    sys.exit(main())
