"""One server with one home for every page of the documentation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from scripts.docs_examples import Place, Scenario, place


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Place]:
    """`dataflow serve` on a free loopback port."""
    with place(tmp_path_factory.mktemp("docs")) as server:
        yield server


@pytest.fixture(scope="module")
def scenario(running) -> Callable[[str], Scenario]:
    """The scenario of a page: its blocks share a folder, and later ones use what earlier ones wrote."""
    scenarios: dict[str, Scenario] = {}

    def of(page: str) -> Scenario:
        if page not in scenarios:
            scenarios[page] = running.scenario(page)
        return scenarios[page]

    return of
