"""Checks that the pages for people are true: every command line they show is one that the binary takes, the files
they name exist, the settings they speak of are in the schema, their links lead somewhere, and each page can be reached
from README.md.

usage: check_docs.py PROJECT ANSWERS (the program of tests/house/answers.cpp). Exits 1 with a line "file:line: what is wrong"
per problem."""
import json
import pathlib
import re
import sys

from answers import Answers

SETTING = re.compile(r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*|\[\d+\])*\+?=")
SETTING_IN_PROSE = re.compile(r"^([a-z_][a-z0-9_]*)((?:\.[a-z_][a-z0-9_]*|\[\d+\])*)(?:=.*)?$")
FILE_ENDING = re.compile(r"\.(md|h|cpp|csv|yaml|jsonl?|h5|html|txt|safetensors|log)$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)[^)]*\)|<img[^>]*\ssrc=\"([^\"]+)\"")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
FOLDERS = ("bench", "cli", "cmake", "configs", "core", "datasets", "docs", "dsp", "embedding", "evaluation", "examples",
           "experiments", "layouts", "library", "losses", "melody", "mining", "models", "pitch", "regeneration", "report", "retrieval", "review", "scripts",
           "separation", "service", "storage", "sweeps",
           "synth", "tests",
           "trainer")
PROJECT_PATH = re.compile(r"^(\.\./)?(%s)/[\w./*-]*$" % "|".join(FOLDERS))
BUILD_MACHINE = re.compile(r"(?<![\w.~])/(home|root|work|Users|opt|mnt)/\w")


def split_shell(line):
    """The simple commands of a line, each as its words: quotes, comments, and what joins or redirects commands."""
    commands, words, word, quote = [], [], None, ""
    for index, char in enumerate(line):
        if quote:
            if char == quote:
                quote = ""
            else:
                word += char
        elif char in "'\"":
            quote, word = char, word or ""
        elif char == "#" and word is None:
            break
        elif char in "&|;<>":
            if word is not None:
                words.append(word)
            if char in "<>":
                words.append(char)
            elif words:
                commands.append(words)
                words = []
            word = None
        elif char.isspace():
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + char
    if word is not None:
        words.append(word)
    if words:
        commands.append(words)
    return [without_redirections(words) for words in commands]


def without_redirections(words):
    kept, skip = [], False
    for word in words:
        if word in "<>":
            skip = True
            if kept and kept[-1] in ("1", "2"):
                kept.pop()
        elif skip:
            skip = False
        else:
            kept.append(word)
    return kept


def joined(lines):
    """(number, text) with lines that end in a backslash put together under the first one's number."""
    number, text = None, ""
    for current, line in lines:
        number = current if number is None else number
        text += line.rstrip()
        if text.endswith("\\"):
            text = text[:-1]
            continue
        yield number, text
        number, text = None, ""
    if number is not None:
        yield number, text


def arguments_of(words):
    """What follows `melomine` in a simple command, or nothing when it runs something else."""
    while words and re.match(r"^[A-Z_]+=", words[0]):
        words = words[1:]
    return words[1:] if words and words[0].split("/")[-1] == "melomine" else None


class Binary(Answers):
    """The melomine that was built, asked each thing once."""

    def __init__(self, program, root):
        super().__init__(program, root)
        self.known = {}
        self.commands = re.findall(r"^  (\w+) ", self.run("--help")[1], re.MULTILINE)
        self.help = {command: self.run(command, "--help")[1] for command in self.commands}

    def run(self, *arguments):
        if arguments not in self.known:
            self.known[arguments] = super().run(*arguments)
        return self.known[arguments]

    def schema(self):
        return json.loads(self.run("config", "schema")[1])

    def options(self, command):
        return {"--help"} | set(re.findall(r"^  (--[a-z][a-z0-9-]*)", self.help[command], re.MULTILINE))


class Checker:
    def __init__(self, root, binary):
        self.root, self.problems = root, []
        self.checked = {"commands": 0, "links": 0, "paths": 0, "settings": 0}
        self.binary = Binary(binary, root)
        self.schema = self.binary.schema()

    def report(self, where, problem):
        self.problems.append(f"{where}: " + problem.replace("\n", "; "))

    # Command lines

    def check_line(self, where, line):
        for words in split_shell(re.sub(r"^\s*\$ ", "", line)):
            self.check_paths(where, words)
            arguments = arguments_of(words)
            if arguments is not None:
                self.check_arguments(where, arguments)

    def check_arguments(self, where, arguments):
        """A whole command line. The binary itself parses it; `--help` keeps it from doing anything."""
        self.checked["commands"] += 1
        if not arguments or arguments[0] in ("--help", "--version"):
            return
        command, expanded = arguments[0], []
        if not self.check_command(where, command):
            return
        for argument in arguments[1:]:
            found = sorted(self.root.glob(argument)) if re.match(r"^[\w./-]*\*[\w./*-]*$", argument) else []
            expanded += [str(path.relative_to(self.root)) for path in found] or [argument]
        if "--" in expanded:  # behind it another command line, which this one starts
            at = expanded.index("--")
            self.check_arguments(where, expanded[at + 1:])
            expanded = expanded[:at]
        if any(a.startswith("-") for a in expanded):  # values too, which only the binary can judge
            if self.expect_success(where, command, *expanded, "--help"):
                self.check_options(where, command, expanded)
        if command == "config":
            self.check_config_action(where, expanded)
        files = [a for a in expanded if a.endswith(".yaml") and (self.root / a).is_file()]
        settings = [a for a in expanded if SETTING.match(a)]
        if files and command in ("train", "evaluate", "config", "sweep"):
            # Without settings there is nothing new: all experiments are checked at once.
            files = files if settings else sorted({*files, *self.experiments()})
            self.expect_success(where, "config", "check", *files, *settings)
        if command == "features" and settings:  # settings are read before the audio, which is not there
            exported = [word for pair in zip(expanded, expanded[1:]) if pair[0] == "--export" for word in pair]
            status, output = self.binary.run("features", "no/such/audio", "--out", "no/such/file.h5", *exported, *settings)
            if status == 2:
                self.report(where, output.strip())

    def expect_success(self, where, *arguments):
        status, output = self.binary.run(*arguments)
        if status != 0:
            self.report(where, output.strip() or f"exit status {status}")
        return status == 0

    def experiments(self):
        return sorted(str(path.relative_to(self.root)) for path in (self.root / "experiments").glob("**/*.yaml"))

    def check_command(self, where, command):
        if command in self.binary.commands:
            return True
        self.report(where, f"melomine has no command '{command}'; it has {', '.join(self.binary.commands)}")
        return False

    def check_options(self, where, command, arguments):
        for argument in arguments:
            option = argument.split("=")[0]
            if option.startswith("--") and option not in self.binary.options(command):
                self.report(where, f"melomine {command} has no option {option}")

    def check_config_action(self, where, arguments):
        actions = set(re.findall(r"config (\w+)", self.binary.help["config"])) - {"for"}
        words = [a for a in arguments if not a.startswith("-")]
        if not words or words[0] not in actions:
            self.report(where, f"melomine config needs one of {', '.join(sorted(actions))}")

    # Inline code: fragments of commands, and paths

    def check_span(self, where, span):
        """Code within a sentence may hold placeholders (FILE, N): command and options must exist."""
        self.check_setting(where, span)
        for words in split_shell(span):
            self.check_paths(where, words)
            arguments = arguments_of(words)
            if not arguments or arguments[0].startswith("-") or not re.match(r"^[a-z]+$", arguments[0]):
                continue
            self.checked["commands"] += 1
            if arguments[0] not in self.binary.commands and len(arguments) > 1 and not arguments[1].startswith("-"):
                continue  # words that only begin with the name: `melomine audio shard`
            if self.check_command(where, arguments[0]):
                self.check_options(where, arguments[0], [a.rstrip(".,…") for a in arguments[1:]])

    def check_setting(self, where, span):
        """A dotted name that begins with a key of experiments, with a value or without, is a setting of some type."""
        found = SETTING_IN_PROSE.match(span)
        if not found or FILE_ENDING.search(span) or not (found.group(2) or "=" in span):
            return
        steps = [found.group(1), *re.findall(r"\w+", found.group(2))]
        if steps[0] not in children(self.schema):
            return  # of a part, named as its own page names it, or no setting at all
        self.checked["settings"] += 1
        nodes = [self.schema]
        for step in steps:
            known = sorted({name for node in nodes for name in children(node)})
            nodes = [child for node in nodes for child in children(node).get("[]" if step.isdigit() else step, [])]
            if not nodes:
                self.report(where, f"there is no setting {span}: '{step}' is not one of {', '.join(known) or 'nothing'}")
                return

    def check_paths(self, where, words):
        """Folders of the project are known by name; what they are said to hold must be there."""
        for word in words:
            word = word.rstrip(",.:")
            if not PROJECT_PATH.match(word):
                continue
            self.checked["paths"] += 1
            relative = re.sub(r"^\.\./", "", word)
            if not (any(self.root.glob(relative)) if "*" in relative else (self.root / relative).exists()):
                self.report(where, f"there is no {word}")

    # Pages

    def check_page(self, path):
        """@returns the pages it links to"""
        name, linked, block, fenced, fence_line = path.relative_to(self.root), set(), [], False, 0
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{name}:{number}"
            self.check_machine_paths(where, line)
            if line.lstrip().startswith("```"):
                fenced, fence_line = not fenced, number
                for first, text in joined(block):
                    self.check_line(f"{name}:{first}", text)
                block = []
            elif fenced:
                block.append((number, line))
            else:
                for span in SPAN.findall(line):
                    self.check_span(where, span)
                for groups in LINK.findall(SPAN.sub("", line)):
                    linked |= self.check_link(where, path, groups[0] or groups[1])
        if fenced:
            self.report(f"{name}:{fence_line}", "this code block has no end")
        return linked

    def check_link(self, where, page, target):
        if re.match(r"^[a-z]+:", target):
            return set()
        self.checked["links"] += 1
        file, _, anchor = target.partition("#")
        other = (page.parent / file).resolve() if file else page
        if file.startswith("/") or not other.exists():
            self.report(where, f"the link leads nowhere: {target}")
            return set()
        if anchor and other.suffix == ".md" and anchor not in headings(other):
            self.report(where, f"{other.name} has no heading '#{anchor}'; it has {', '.join(headings(other))}")
        return {other}

    def check_machine_paths(self, where, line):
        for found in BUILD_MACHINE.finditer(line):
            self.report(where, f"a path of somebody's machine: {line[found.start():].split()[0]}")

    # Everything

    def run(self):
        links = {}
        pages = [self.root / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
        pages += sorted((self.root / "docs").glob("**/*.md"))
        for page in pages:
            if page.exists():
                links[page] = self.check_page(page)
            else:
                self.report(page.name, "is missing")
        reached, todo = set(), [pages[0]]
        while todo:
            page = todo.pop()
            if page not in reached:
                reached.add(page)
                todo += links.get(page, [])
        for page in links:
            if page not in reached:
                self.report(f"{page.relative_to(self.root)}:1", "no chain of links leads here from README.md")
        for folder in ("experiments", "experiments/ablations", "experiments/sweeps", "configs/presets"):
            for path in sorted((self.root / folder).glob("*.yaml")):
                self.check_yaml(path)
        for command in self.binary.commands:
            self.check_help(command)

    def check_yaml(self, path):
        comments = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            self.check_machine_paths(f"{path.relative_to(self.root)}:{number}", line)
            if line.startswith("#"):
                comments.append((number, line.lstrip("# ")))
                for span in SPAN.findall(line):
                    self.check_span(f"{path.relative_to(self.root)}:{number}", span)
        for number, text in joined(comments):
            if text.startswith("melomine "):
                self.check_line(f"{path.relative_to(self.root)}:{number}", text)

    def check_help(self, command):
        usage, _, examples = self.binary.help[command].partition("examples:\n")
        if not examples:
            self.report(f"melomine {command} --help", "gives no examples")
        first = usage.count("\n") + 2
        for number, text in joined(enumerate(examples.splitlines(), first)):
            if text.startswith("  melomine "):
                self.check_line(f"melomine {command} --help:{number}", text)


def children(node):
    """What a node of a JSON schema may hold, as name -> nodes; "[]" for a list's items. All variants together."""
    found = {}
    for name, child in node.get("properties", {}).items():
        found.setdefault(name, []).append(child)
    if "items" in node:
        found.setdefault("[]", []).append(node["items"])
    parts = [part for key in ("allOf", "anyOf", "oneOf") for part in node.get(key, [])]
    for part in parts + [node[key] for key in ("then", "else") if key in node]:
        for name, more in children(part).items():
            found.setdefault(name, []).extend(more)
    return found


def headings(page):
    """Anchors of a page, as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in found]


def main():
    checker = Checker(pathlib.Path(sys.argv[1]).resolve(), str(pathlib.Path(sys.argv[2]).resolve()))
    checker.run()
    counts = ", ".join(f"{count} {what}" for what, count in checker.checked.items())
    print("\n".join(checker.problems) or f"{counts}: all of them are true")
    return 1 if checker.problems else 0


sys.exit(main())
