"""Old words: what version 0.4.0 called things, and what nobody would write who speaks the field's language.

Every text is searched: strings, docstrings and comments of the packages, their assets, and the documents.

    python -m tests.test_words    list what is found
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

OLD_WORDS = {
    "actuals": r"what came|what really came|the truth\b",
    "evaluation and tuning days": r"judged|the days judged|days before that are tuned",
    "recommendation": r"\bwish(?:es|ed)?\b|\basked for by\b|the one asked|told that",
    "people": r"who asks|whoever|nobody foresaw|somebody",
    "quantity": r"so many|of which no",
    "click": r"\ba press on\b|\bpress on a\b",
    "stabilization window": r"scale-in window",
    "headline, page payload": r"\bbriefs?\b|\bdigests?\b",
    "annotation": r"\bl(?:ay|aid) over",
    "traffic surge": r"\bcrowds?\b",
    "message form": r"[;,] write (?:a|an|one|some|whole|its|the|1 to|at|time|class|min)\b|write a (?:whole )?number",
    "trust check": r"the gate\b|gate (?:is|was) (?:open|closed)",
    "start-up": r"\bboots?\b|\bbooting\b|\bbooted\b",
    "steps ahead": r"bins ahead",
    "trained on": r"\blearnt\b",
    "objective": r"\bgoals?\b",
    "if": (
        r"\bwhere (?:it|there|they|nothing|none|any|one|that|this|he|no|a|the) "
        r"(?:is|are|was|were|has|have|can|cannot|could|does|did)\b"
    ),
}
PATTERN = re.compile("|".join(f"(?:{pattern})" for pattern in OLD_WORDS.values()), re.IGNORECASE)

FIXED_NAMES = re.compile(
    r"boot_seconds|scale_in_window_seconds|max_unmet_share|boot_price|`boot(?:ing)?`|--(?:bill-)?boot\S*|[?&]boot=|\"boot\"|'boot'|"
    r"\bhexdigest|"
    r"digest_size|\.digest|Bootstrap\S*|bootstrap\S*|bi-\S+|flash-crowd|\"judged\"|'judged'|`judged`|\"brief\"|'brief'",
)
"""Names of the API, the command line, the addresses and libraries, which stay as earlier releases fixed them."""

DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**/*.md")
ASSETS = ("assets/*.js", "assets/*.css")
CODE = ("forecasting/**/*.py", "webapp/**/*.py")
VOCABULARY = re.compile(r"^\|[^\n]*\| not \|$(?:\n\|[^\n]*\|$)+", re.MULTILINE)
"""A table whose last column has the old words, for a reader who looks for them."""

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"[^\"\n]*\"|`[^`]*`", re.DOTALL)


def texts_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every text for people in a file."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from _texts_of_code(content)
    elif path.suffix in (".js", ".css"):
        for match in COMMENT.finditer(content):
            yield content.count("\n", 0, match.start()) + 1, match[0]
    else:
        yield from enumerate(VOCABULARY.sub(_without_old_words, content).splitlines(), 1)


def _without_old_words(table: re.Match[str]) -> str:
    """Return a table of the vocabulary without its last column, which lists the old words."""
    return "\n".join(line.rsplit("|", 2)[0] for line in table[0].split("\n"))


def _texts_of_code(content: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def found_in(path: Path) -> list[tuple[int, str]]:
    """Return (line, old words) of a file; texts are joined over their line breaks."""
    return [
        (line, match[0])
        for line, text in texts_of(path)
        for match in PATTERN.finditer(FIXED_NAMES.sub("", re.sub(r"\s+", " ", text)))
    ]


def files() -> list[str]:
    paths = {path for pattern in (*DOCUMENTS, *ASSETS, *CODE) for path in ROOT.glob(pattern)}
    return sorted(path.relative_to(ROOT).as_posix() for path in paths)


@pytest.mark.parametrize("name", files())
def test_no_old_words(name: str):
    found = found_in(ROOT / name)
    listed = "\n".join(f"{name}:{line}: {words}" for line, words in found)
    assert not found, listed


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("the mean of what came", True),
        ("horizon is 0; write a whole number from 1 to 100", True),
        ("A press on a name looks at that policy", True),
        ("a replica boots for 120 s", True),
        ("horizon must be an integer from 1 to 100 (got 0).", False),
        ("boot_seconds: the start-up time", False),
        ("a bootstrap of the differences", False),
    ],
)
def test_the_words_are_recognised(text: str, old: bool):
    assert bool(PATTERN.search(FIXED_NAMES.sub("", text))) is old


if __name__ == "__main__":
    counts = {name: found for name in files() if (found := found_in(ROOT / name))}
    for name, found in counts.items():
        print(f"{len(found):4} {name}", *(f"\n       {line}: {words}" for line, words in found), sep="")
    print(f"# {sum(map(len, counts.values()))} in {len(counts)} files")
