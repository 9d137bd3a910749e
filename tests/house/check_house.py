"""Checks the house: includes follow the dependency order of the rooms, CMake's link lines agree with it, only the
rooms meant to know libtorch know it, headers are guarded, names of a run's files are said once, and nothing is too
large: no room, no file, and, where ctags is installed, no function. Exits 1 with a line per violation."""
import pathlib
import re
import shutil
import subprocess
import sys

ROOMS = ["core", "configs", "storage", "dsp", "layouts", "pitch", "datasets", "regeneration", "synth", "melody", "distributed", "models", "separation", "losses", "retrieval",
         "embedding", "evaluation",
         "library", "service", "mining", "review", "trainer", "experiments", "sweeps", "report", "cli"]
STRANGERS = {"datasets", "models", "losses", "retrieval"}  # never see each other
TORCH_ROOMS = {"distributed", "models", "separation", "losses", "embedding", "trainer", "experiments", "cli"}
BESIDE = ["tests", "bench", "examples"]  # no rooms, but their files and functions are as short
LARGEST_ROOM = 0.15  # of all lines
LONGEST_FILE, LONGEST_FUNCTION = 400, 60  # lines
# Names of a run's files and folders, and the one file of the source that says them; others ask RunLayout.
LAYOUT = "experiments/run_layout.cpp"
INGEST = "datasets/ingest_state.h"
OWNERS = {"experiment.yaml": [LAYOUT], "provenance.json": [LAYOUT], "run.log": [LAYOUT], "report.html": [LAYOUT],
          "figures.json": [LAYOUT], "fingerprints.csv": ["evaluation/fingerprint_sample.h"],
          "round.json": [LAYOUT], "config.yaml": [LAYOUT], "round_": [LAYOUT], "part-{:05}.h5": [LAYOUT],
          "inputs.json": [LAYOUT, INGEST], "DONE": [LAYOUT, INGEST], "sources.csv": [INGEST],
          "last.safetensors": ["trainer/training_result.h"], "best.safetensors": ["trainer/training_result.h"],
          "metrics.jsonl": ["trainer/training_result.h"], "tensorboard": ["trainer/training_result.h"],
          "step_": ["trainer/checkpoint_folder.cpp"], "report.json": ["evaluation/evaluation_record.h"],
          "report.txt": ["evaluation/evaluation_record.h"],
          "queries.csv": ["evaluation/evaluation_record.h", "synth/generated_corpus.cpp", "service/verdict_table.h", "regeneration/import_set.h"],  # four tables
          ".lock": ["core/folder_lock.h"], ".report.lock": ["experiments/run_lock.h"],
          "worker-{}-of-{}": ["experiments/mining_job.cpp"],
          "mined.h5": ["mining/mined_set.h"], "mined.csv": ["mining/mined_set.h"],
          "summary.json": ["mining/mining_summary.h"], "verdicts.jsonl": ["review/verdict_log.h"]}
# Third parties' targets, and how their headers begin.
THIRD_PARTIES = {"TBB::tbb": "(?:oneapi/)?tbb/", "nlohmann_json::nlohmann_json": "nlohmann/", "PkgConfig::OPENBLAS": "cblas", "hdf5::hdf5": "hdf5",
                 "yaml-cpp": "yaml-cpp/", "PkgConfig::KISSFFT": "kiss", "PkgConfig::CRYPTO": "openssl/", "spdlog::spdlog": "spdlog/",
                 "PkgConfig::HTTPLIB": "httplib"}
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
STAGES, STAGE = "experiments/stage_kind.h", re.compile(r'StageTraits\{StageKind::k\w+, "(\w+)"')
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<(torch/[^>]+)>)')


def violation(room, other):
    if ROOMS.index(other) > ROOMS.index(room):
        return f"{other} comes after {room}"
    if room != other and {room, other} <= STRANGERS:
        return f"{room} and {other} must not know each other"
    return None


def sources(root, room):
    return sorted(path for path in (root / room).glob("**/*") if path.suffix in {".h", ".cpp"})


def check_sources(root):
    for room in ROOMS:
        for path in sources(root, room):
            text = path.read_text()
            if path.suffix == ".h" and "#pragma once" not in text:
                yield f"{path}: a header without #pragma once"
            for number, line in enumerate(text.splitlines(), 1):
                if ".dump(" in line and path not in (root / "core/json_text.cpp", root / "models/safetensors.cpp"):
                    yield f"{path}:{number}: write JSON by json_text of core/json_text.h, which takes any bytes"
                found = INCLUDE.match(line)
                if not found:
                    continue
                if found.group(2) and room not in TORCH_ROOMS:
                    yield f"{path}:{number}: {room} must not include libtorch"
                if not found.group(1):
                    continue
                other = found.group(1).split("/")[0]
                if other not in ROOMS or "/" not in found.group(1):
                    yield f'{path}:{number}: write includes of the project as "room/file.h"'
                elif why := violation(room, other):
                    yield f"{path}:{number}: includes {found.group(1)}, but {why}"


def is_name(part, name):
    """Whether a part of a path is a name of a run, or the format of one where the name is a prefix of numbered ones."""
    return part == name or (name.endswith("_") and part.startswith(name + "{"))


def check_run_paths(root):
    """No literal path of a run outside its owner."""
    stage_folder = re.compile(rf'/\s*"(?:{"|".join(STAGE.findall((root / STAGES).read_text()))})"')
    for room in ROOMS:
        for path in sorted((root / room).glob("**/*")):
            if path.suffix not in {".h", ".cpp"}:
                continue
            source = path.relative_to(root).as_posix()
            for number, line in enumerate(path.read_text().splitlines(), 1):
                code = line.split("//")[0]
                parts = {part for text in STRING.findall(code) if " " not in text for part in text.split("/")}
                for name in [name for name in OWNERS if any(is_name(part, name) for part in parts)]:
                    if source not in OWNERS[name]:
                        yield f'{path}:{number}: "{name}" is a name of a run\'s folder; ask for it where it is said: ' \
                              f"{' or '.join(OWNERS[name])}"
                if stage_folder.search(code):
                    yield f"{path}:{number}: a stage's folder by name; ask RunLayout::stage"


def check_link_lines(root):
    """A room links the rooms that it includes, no fewer and no more, and third parties that it includes."""
    for room in ROOMS[:-1]:
        build = root / room / "CMakeLists.txt"
        text = build.read_text()
        depends = re.search(r"DEPENDS([^)A-Z]*)", text)
        linked = set(depends.group(1).split() if depends else [])
        code = "\n".join(path.read_text() for path in sources(root, room))
        included = set(re.findall(r'^#include "(\w+)/', code, re.MULTILINE)) - {room}
        for other in sorted(linked):
            if why := violation(room, other):
                yield f"{build}: links {other}, but {why}"
        for other in sorted(linked ^ included):
            yield f"{build}: DEPENDS " + (f"lists {other}, of which {room} includes nothing" if other in linked else
                                          f"lacks {other}, which {room} includes")
        for target, header in THIRD_PARTIES.items():
            if target in text and not re.search(rf"^#include <{header}", code, re.MULTILINE):
                yield f"{build}: links {target}, of which {room} includes nothing"


def sees_torch(root, path, known):
    """Whether a source includes libtorch, itself or by headers of the project."""
    if path not in known:
        known[path] = False
        for line in path.read_text().splitlines():
            found = INCLUDE.match(line)
            if found and (found.group(2) or ((root / found.group(1)).exists() and sees_torch(root, root / found.group(1), known))):
                known[path] = True
    return known[path]


def check_torch_lists(root):
    """The precompiled torch/torch.h costs seconds in a source that does without it, and spares more in one that does not."""
    known = {}
    for build in [*(root / room / "CMakeLists.txt" for room in ROOMS), *sorted((root / "tests").glob("*/CMakeLists.txt"))]:
        text = build.read_text()
        lists = re.findall(r"(?:TORCH|melomine_use_torch_header\(\w+)((?:\s+\w+\.cpp)+)", text)
        listed = {name for names in lists for name in names.split()}
        seeing = {path.name for path in build.parent.glob("*.cpp") if sees_torch(root, path, known)}
        for name in sorted(listed ^ seeing):
            yield f"{build}: {name} " + ("sees no libtorch: list it under SOURCES" if name in listed else
                                         "sees libtorch: list it under TORCH")


def check_sizes(root):
    lines = {room: {path: path.read_text().count("\n") for path in sources(root, room)} for room in ROOMS}
    total = sum(sum(files.values()) for files in lines.values())
    for room, files in lines.items():
        if sum(files.values()) > LARGEST_ROOM * total:
            yield f"{root / room}: {sum(files.values())} of {total} lines are more than {LARGEST_ROOM:.0%}; split the room"
    for path in [path for folder in ROOMS + BESIDE for path in sources(root, folder)]:
        count = path.read_text().count("\n")
        if count > LONGEST_FILE:
            yield f"{path}: {count} lines are more than {LONGEST_FILE}; a file holds one idea"


def check_functions(root):
    if not shutil.which("ctags"):
        return
    paths = [str(path) for folder in ROOMS + BESIDE for path in sources(root, folder)]
    listing = subprocess.run(["ctags", "--c++-kinds=f", "--fields=ne", "--excmd=number", "-o", "-", *paths],
                             stdout=subprocess.PIPE, check=True).stdout.decode()
    for line in listing.splitlines():
        name, path, *fields = line.split("\t")
        places = dict(field.split(":", 1) for field in fields if ":" in field)
        if "line" in places and "end" in places:
            count = int(places["end"]) - int(places["line"]) + 1
            if count > LONGEST_FUNCTION:
                yield f"{path}:{places['line']}: {name} has {count} lines, more than {LONGEST_FUNCTION}"


def main():
    root = pathlib.Path(sys.argv[1])
    problems = [*check_sources(root), *check_run_paths(root), *check_link_lines(root), *check_torch_lists(root), *check_sizes(root),
                *check_functions(root)]
    print("\n".join(problems) or f"{len(ROOMS)} rooms, all includes in order")
    return 1 if problems else 0


sys.exit(main())
