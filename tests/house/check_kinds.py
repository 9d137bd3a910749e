"""Checks that every kind that `melomine config kinds` lists is complete: a row of a table in the docs names it, an
experiment that chooses it loads and comes out again as chosen, and a test names it or includes its header.

usage: check_kinds.py PROJECT ANSWERS (the program of tests/house/answers.cpp). Exits 1 with a line "family type: what is
missing" per problem."""
import itertools
import json
import pathlib
import re
import sys
import tempfile

from answers import Answers

YAML_BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Checker:
    def __init__(self, root, program):
        self.binary, self.problems, self.kinds = Answers(program, root), [], 0
        self.types = {}  # setting: the kinds that it takes
        self.items = {}  # setting: what items of the lists above it say beside it
        self.folder = tempfile.TemporaryDirectory()
        pages = [root / "README.md", *sorted((root / "docs").glob("**/*.md"))]
        texts = [page.read_text(encoding="utf-8") for page in pages]
        self.rows = [line for text in texts for line in text.splitlines() if line.startswith("|")]
        tests = [p for p in (root / "tests").glob("**/*") if p.suffix in {".cpp", ".h"}]
        self.tests = "\n".join(path.read_text(encoding="utf-8") for path in tests)
        self.examples = [path for folder in ("experiments", "experiments/ablations", "configs/presets") for path in (root / folder).glob("*.yaml")]
        for number, block in enumerate(block for text in texts for block in YAML_BLOCK.findall(text)):
            self.examples.append(self.write(f"block_{number}.yaml", block))

    def write(self, name, text):
        path = pathlib.Path(self.folder.name, name)
        path.write_text(text, encoding="utf-8")
        return path

    def loads(self, path, setting, kind):
        """Whether an experiment is read, and what it chose at the setting (any item of a list) is the kind."""
        status, shown = self.binary.run("config", "show", str(path))
        return status == 0 and (setting, kind) in settings_of(shown)

    def loads_alone(self, setting, kind):
        """The choice and nothing else, in lists whose items need no more than a name and a type."""
        for items in [self.items[setting]] if setting in self.items else self.possible_items(setting):
            if self.loads(self.write("kind.yaml", yaml_with(setting, kind, items)), setting, kind):
                self.items[setting] = items  # what one kind of a family needs, the others need
                return True
        return False

    def possible_items(self, setting):
        lists = itertools.accumulate(re.findall(r"[^\[]*\[\]", setting))
        return itertools.product(*([f"type: {kind}, " for kind in self.types.get(f"{path}.type", [])] + ["", "name: example, "]
                                   if f"{path}.type" != setting else ["", "name: example, "] for path in lists))

    def loads_written(self, setting, kind):
        """Some experiment that the project shows."""
        written = re.compile(r"\btype: *%s\b" % re.escape(kind))
        return any(written.search(path.read_text(encoding="utf-8")) and self.loads(path, setting, kind)
                   for path in self.examples)

    def check_kind(self, family, setting, kind):
        self.kinds += 1
        name = re.escape(kind)
        if not any(re.match(r"\|[^|]*`%s`" % name, row) for row in self.rows):
            self.problems.append(f"{family} {kind}: no table in docs/ has a row for `{kind}`")
        if not (self.loads_alone(setting, kind) or self.loads_written(setting, kind)):
            self.problems.append(f"{family} {kind}: no YAML that chooses it at {setting} loads: give its settings defaults, "
                                 "or write an experiment or a yaml block in docs/")
        if not re.search(r'"%s"|\btype[:=] ?%s\b|/%s\w*\.h"' % (name, name, name), self.tests):
            self.problems.append(f"{family} {kind}: no test names it or includes its header")

    def check(self):
        status, listed = self.binary.run("config", "kinds", "--json")
        families = json.loads(listed) if status == 0 else []
        if not families:
            self.problems.append("config kinds --json lists nothing")
        self.types = {family["setting"]: [kind["type"] for kind in family["kinds"]] for family in families}
        for family in families:
            for kind in family["kinds"]:
                self.check_kind(family["family"], family["setting"], kind["type"])
            if self.loads_alone(family["setting"], "no_such_kind"):
                self.problems.append(f"{family['family']}: {family['setting']} takes kinds that are not there")


def yaml_with(setting, kind, items):
    """An experiment in flow style that says no more than this one choice. @param items  what else each list's items say"""
    text = kind
    items = list(items)
    for step in reversed(re.findall(r"\w+|\[\]", setting)):
        text = f"[{{{items.pop()}{text[1:]}]" if step == "[]" else f"{{{step}: {text}}}"
    return text + "\n"


def settings_of(shown):
    """(losses[].miner.type, none), … of an experiment as `config show` prints it: a key a line, two blanks a level."""
    found, above = [], []  # above: (indentation, what the path gains) of the maps and lists that are open
    for line in shown.splitlines():
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        while line.lstrip().startswith("- "):
            above.append((indent, "[]"))
            line = line.replace("- ", "  ", 1)
            indent += 2
        key, _, value = line.strip().partition(":")
        path = "".join(gain for _, gain in above) + "." + key
        found.append((path.lstrip("."), value.strip()))
        above.append((indent, "." + key))
    return found


def main():
    checker = Checker(pathlib.Path(sys.argv[1]).resolve(), str(pathlib.Path(sys.argv[2]).resolve()))
    checker.check()
    print("\n".join(checker.problems) or f"{checker.kinds} kinds: each has its row, its example and its test")
    return 1 if checker.problems else 0


sys.exit(main())
