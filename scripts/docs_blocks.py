"""Read the fenced blocks of a documentation page, and put new text in their place.

A block is run, unless an HTML comment above it says why not: `<!-- not run: needs a cluster -->`. The languages mean:

    bash      a shell script; its curl calls must succeed
    console   `$ command` lines, each with the output that the command must print (`...` stands for any text)
    python    a program; it must print something and raise no warning
    json      right after a bash block: an excerpt of the answer (`"..."` stands for any value)
    others    with title="NAME": the content of a file that later blocks use; without a title: text to read
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"

FENCE = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^>]+) -->\n+)?"
    r"^```(?P<language>[a-z]+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<text>.*?)^```$",
    flags=re.MULTILINE | re.DOTALL,
)
TOLERANCE = 0.005
ANY_FENCE = re.compile(r"^ *```", flags=re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block. `start` and `end` are the offsets of its text in the page; `reason`: why it is not run."""

    page: str
    number: int
    language: str
    title: str | None
    reason: str | None
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """The block in the list of tests, such as `tutorial/first-forecast.md 3 bash`."""
        return f"{self.page} {self.number} {self.language}"


@dataclass(frozen=True)
class Command:
    """A command of a console block, and the output that the page shows for it ('' if it shows none)."""

    text: str
    output: str

    @property
    def exit_status(self) -> int:
        """0, unless the command ends in `# exit status N`."""
        written = re.search(r"# exit status (\d+)$", self.text)
        return int(written[1]) if written else 0


def pages() -> list[str]:
    """Every page from the root of the repository, the README first, in the order of the site."""
    order = ("index.md", "tutorial", "guides", "reference", "background")
    found = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]
    found.sort(key=lambda page: (order.index(page.split("/")[0]), page))
    return ["README.md", *(f"docs/{page}" for page in found)]


def blocks_of(page: str) -> list[Block]:
    """The blocks of a page in order; raises ValueError if a fence is none that this module understands."""
    text = (ROOT / page).read_text(encoding="utf-8")
    matches = list(FENCE.finditer(text))
    if 2 * len(matches) != len(ANY_FENCE.findall(text)):
        raise ValueError(f"{page} has a fence that is indented or without a language or an end.")
    return [
        Block(
            page.removeprefix("docs/"),
            number,
            match["language"],
            match["title"],
            match["reason"],
            match["text"],
            match.start("text"),
            match.end("text"),
        )
        for number, match in enumerate(matches, start=1)
    ]


def commands_of(block: Block) -> list[Command]:
    """The commands of a console block; a line that begins with `> ` continues the command above it."""
    return list(_commands(block.text.splitlines()))


def _commands(lines: list[str]) -> Iterator[Command]:
    starts = [number for number, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        more = start + 1
        while more < end and lines[more].startswith("> "):
            more += 1
        command = "\n".join(line[2:] for line in lines[start:more])
        yield Command(command, "\n".join(lines[more:end]).strip("\n"))


def matches(shown: str, printed: str) -> bool:
    """Whether the output that a page shows is what was printed.

    `...` stands for any text. Decimal numbers may differ by half a percent: processors round differently.
    """
    texts = [re.escape(part) for part in _tidy(shown).split("...")]
    pattern = ".*".join(re.sub(r"\d+\\\.\d+", r"(\\d+\\.\\d+)", text) for text in texts)
    found = re.fullmatch(pattern, _tidy(printed), flags=re.DOTALL)
    if found is None:
        return False
    numbers = re.findall(r"\d+\.\d+", _tidy(shown).replace("...", "\n"))
    pairs = zip(map(float, numbers), map(float, found.groups()), strict=True)
    return all(abs(a - b) <= max(TOLERANCE * abs(a), 0.06) for a, b in pairs)


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def refreshed(shown: str, printed: str) -> str:
    """The output to show in place of an outdated one: as many lines as before if the old one was cut short by `...`."""
    lines = _tidy(printed).splitlines()
    old = shown.splitlines()
    if old and old[-1] == "...":
        return "\n".join([*lines[: max(1, len(old) - 1)], "..."])
    return "\n".join(lines)


def contains(answer: object, shown: object) -> bool:
    """Whether a JSON answer has all that an excerpt shows: numbers to three digits, "..." stands for any value."""
    if shown == "...":
        return True
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(
            name in answer and contains(answer[name], value) for name, value in shown.items()
        )
    if isinstance(shown, list):
        if not isinstance(answer, list):
            return False
        whole = shown[-1:] != ["..."]
        rows = shown if whole else shown[:-1]
        fits = len(answer) == len(rows) if whole else len(answer) >= len(rows)
        return fits and all(contains(a, b) for a, b in zip(answer, rows, strict=False))
    if isinstance(shown, float) and isinstance(answer, int | float):
        return abs(answer - shown) <= 1e-3 * abs(shown)
    return answer == shown
