"""Write the generated parts of the documentation: what stands between `<!-- generated: NAME -->` and its end mark.

python -m scripts.docs_reference            write them
python -m scripts.docs_reference --check    exit 1 if any page is outdated
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable

from scripts import accuracy_table, speed_table
from scripts.docs_blocks import ROOT
from scripts.docs_code import commands, errors, formats, import_options, models, parameters, policies, settings
from scripts.docs_formats import format_lines
from scripts.docs_rest import endpoints, index, objects

REGION = re.compile(r"(<!-- generated: (?P<name>[a-z-]+) -->\n)(?P<text>.*?)(\n<!-- end of generated -->)", re.DOTALL)

PAGES: dict[str, dict[str, Callable[[], str]]] = {
    "docs/reference/command-line.md": {"commands": commands},
    "docs/reference/settings.md": {"settings": settings},
    "docs/reference/policies.md": {"policies": policies, "parameters": parameters},
    "docs/reference/models.md": {"models": models},
    "docs/reference/formats.md": {"formats": formats, "format-lines": format_lines, "import-options": import_options},
    "docs/reference/rest-api.md": {"index": index, "endpoints": endpoints, "objects": objects},
    "docs/reference/messages.md": {"errors": errors},
    "docs/background/accuracy.md": {"accuracy": accuracy_table.text},
    "docs/background/speed.md": {"speed": speed_table.text},
}


def written(page: str) -> str:
    """The page as it is in the repository."""
    return (ROOT / page).read_text(encoding="utf-8")


def generated(page: str) -> str:
    """The page as the code of now makes it; raises ValueError if a part has no place in it or a place no part."""
    parts = PAGES[page]
    names = [match["name"] for match in REGION.finditer(written(page))]
    if names != list(parts):
        raise ValueError(f"{page} has the marks {names}; {list(parts)} are needed.")
    return REGION.sub(lambda match: f"{match[1]}\n{parts[match['name']]().strip()}\n{match[4]}", written(page))


def main() -> int:
    """Write or check every page; 1 if one was outdated and is only checked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only say which pages are outdated")
    options = parser.parse_args()
    outdated = {page: text for page in PAGES if (text := generated(page)) != written(page)}
    for page, text in outdated.items():
        if not options.check:
            (ROOT / page).write_text(text, encoding="utf-8")
        print(f"{page}: {'outdated' if options.check else 'written'}")
    return int(options.check and bool(outdated))


if __name__ == "__main__":
    raise SystemExit(main())
