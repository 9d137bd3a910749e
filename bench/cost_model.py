#!/usr/bin/env python3
"""Hours, euros and bytes for large sets, from measured rates: the tables of docs/scale.md.

bench/cost_model.py [--rates bench/rates.json] [--euros-per-core-hour 0.04] [--workers 1,8,64] [--set NAME=HOURS ...]

A worker has one core. The rates are bench/rates.py's, or your own in the same form. Workers are taken to cost what two measured side by
side cost (`cpu_ratio`), however many there are; ingest has one writer, which no number of workers makes faster.
"""
import argparse
import json
import pathlib

# Recordings, hours, and where the hours come from.
SETS = {"CHAD": (None, 2000), "SHS100K": (108869, 108869 * 240 / 3600), "Discogs-VI": (493048, 493048 * 240 / 3600)}
STAGES = {"ingest": ("ingest", None), "mine_cqt": ("mine a round, ResNet18 on CQT", "two_workers_cqt"),
          "mine_contour": ("mine a round, contours", "two_workers_contour"), "index": ("index", "two_workers_contour")}


def hours_text(hours):
    return "%.0f min" % (60 * hours) if hours < 2 else "%.0f h" % hours if hours < 100 else "%.1f days" % (hours / 24)


def bytes_text(size):
    return "%.0f MB" % (size / 1e6) if size < 1e9 else "%.0f GB" % (size / 1e9) if size < 1e12 else "%.1f TB" % (size / 1e12)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", default="bench/rates.json")
    parser.add_argument("--euros-per-core-hour", type=float, default=0.04)
    parser.add_argument("--workers", default="1,8,64")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=HOURS", help="of your own, in place of the three")
    options = parser.parse_args()
    rates = json.loads(pathlib.Path(options.rates).read_text())
    workers = [int(count) for count in options.workers.split(",")]
    sets = {name: (None, float(hours)) for name, hours in (given.split("=") for given in options.set)} or SETS
    print("| set | stage | core hours | " + " | ".join(f"{n} worker{'s' * (n > 1)}" for n in workers) + " | euros | bytes |")
    print("|---|---|---|" + "---|" * len(workers) + "---|---|")
    for name, (_, audio) in sets.items():
        for stage, (label, pair) in STAGES.items():
            core = rates[stage]["cpu_s_per_hour"] * audio / 3600
            ratio = max(1, rates[pair]["cpu_ratio"]) if pair else 1
            times = []
            for count in workers:
                hours = core * (ratio if count > 1 else 1) / count
                if stage == "ingest":
                    hours = max(hours, rates["ingest_decoded"]["cpu_s_per_hour"] * audio / 3600)
                times.append(hours_text(hours))
            print(f"| {name} | {label} | {core:.0f} | {' | '.join(times)} | {core * ratio * options.euros_per_core_hour:.2f} | "
                  f"{bytes_text(rates[stage]['bytes_per_hour'] * audio)} |")


if __name__ == "__main__":
    main()
