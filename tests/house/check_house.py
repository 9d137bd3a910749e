"""Checks the house: includes follow the dependency order of the rooms, CMake's link lines agree with it, only the
rooms meant to know libtorch know it, and headers are guarded. Exits 1 with a line per violation."""
import pathlib
import re
import sys

ROOMS = ["core", "configs", "storage", "dsp", "datasets", "synth", "models", "losses", "retrieval", "embedding", "evaluation",
         "mining", "trainer", "experiments", "report", "cli"]
STRANGERS = {"datasets", "models", "losses", "retrieval"}  # never see each other
TORCH_ROOMS = {"models", "losses", "embedding", "trainer", "experiments", "report", "cli"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<(torch/[^>]+)>)')


def violation(room, other):
    if ROOMS.index(other) > ROOMS.index(room):
        return f"{other} comes after {room}"
    if room != other and {room, other} <= STRANGERS:
        return f"{room} and {other} must not know each other"
    return None


def check_sources(root):
    for room in ROOMS:
        for path in sorted((root / room).glob("**/*")):
            if path.suffix not in {".h", ".cpp"}:
                continue
            text = path.read_text()
            if path.suffix == ".h" and "#pragma once" not in text:
                yield f"{path}: a header without #pragma once"
            for number, line in enumerate(text.splitlines(), 1):
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


def check_link_lines(root):
    for room in ROOMS[:-1]:
        text = (root / room / "CMakeLists.txt").read_text()
        depends = re.search(r"DEPENDS([^)A-Z]*)", text)
        for other in depends.group(1).split() if depends else []:
            if why := violation(room, other):
                yield f"{room}/CMakeLists.txt: links {other}, but {why}"


def main():
    root = pathlib.Path(sys.argv[1])
    problems = [*check_sources(root), *check_link_lines(root)]
    print("\n".join(problems) or f"{len(ROOMS)} rooms, all includes in order")
    return 1 if problems else 0


sys.exit(main())
