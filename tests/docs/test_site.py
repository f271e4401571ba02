"""The site builds strictly, needs no other host, and the README is a short way into it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from scripts.docs_blocks import DOCS, ROOT, pages

README_BYTES = 6_000
LOADING = {"link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src"}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site as `make docs` builds it, in a folder of its own."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Loaded(HTMLParser):
    """Every address from which a page loads something."""

    def __init__(self):
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in LOADING and values.get("rel") not in ("next", "prev", "canonical"):
            self.addresses.append(values.get(LOADING[tag]) or "")


def test_no_page_loads_anything_from_another_host(site):
    pages_built = sorted(site.rglob("*.html"))
    assert len(pages_built) >= len(pages()) - 1
    for page in pages_built:
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert loaded.addresses
        assert [address for address in loaded.addresses if re.match(r"(?:[a-z]+:)?//", address)] == [], page
    for style in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", style.read_text(encoding="utf-8")) == [], style


def test_nothing_that_would_load_a_diagram_library_is_on_a_page(site):
    """Material loads mermaid from a public host as soon as a page has such a block."""
    for page in site.rglob("*.html"):
        assert 'class="mermaid"' not in page.read_text(encoding="utf-8"), page


def test_the_search_index_has_every_page(site):
    index = (site / "search" / "search_index.json").read_text(encoding="utf-8")
    for page in pages()[1:]:
        assert f'"{page.removeprefix("docs/").removesuffix(".md")}.html' in index


def test_the_navigation_has_every_page():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    sections = [next(iter(entry.values())) for entry in yaml.safe_load(text)["nav"]]
    listed = [page for section in sections for page in ([section] if isinstance(section, str) else section)]
    assert sorted(listed) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


def test_the_built_site_is_not_in_the_repository():
    built = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["site_dir"]
    assert f"/{Path(built).parts[0]}/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_bytes()) <= README_BYTES


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "RELEASING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_every_picture_is_shown():
    text = "\n".join((ROOT / page).read_text(encoding="utf-8") for page in pages())
    unused = [path.name for path in (DOCS / "img").glob("*.png") if path.name not in text]
    assert unused == []
