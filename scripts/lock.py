"""Pin what is installed: requirements.txt to run, requirements-test.txt for what tests and documentation add to it.

Both hold the whole closure of setup.cfg's bounds as installed in this environment, for every supported Python.
"""

from configparser import ConfigParser
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13")


def needed_on(requirement: Requirement, extras: set[str]) -> bool:
    """Whether any supported Python on Linux needs it, with one of the extras or without any."""
    return requirement.marker is None or any(
        requirement.marker.evaluate(
            {"extra": extra, "python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
        )
        for python in PYTHONS
        for extra in extras | {""}
    )


def closure(requirements: list[str]) -> dict[str, str]:
    """`name==version` by canonical name, of the requirements and everything they need."""
    pins: dict[str, str] = {}
    waiting = [Requirement(text) for text in requirements]
    done = set()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in done:
            continue
        done.add(key)
        found = distribution(wanted.name)
        if not wanted.specifier.contains(found.version, prereleases=True):
            raise SystemExit(f"{wanted} is required, but {found.version} is installed")
        pins[key[0]] = f"{found.name}=={found.version}"
        needs = map(Requirement, found.requires or [])
        waiting += [need for need in needs if needed_on(need, set(wanted.extras))]
    return pins


def lines_of(pins: dict[str, str]) -> str:
    """One pin a line, by name."""
    return "".join(f"{pins[name]}\n" for name in sorted(pins))


def main() -> None:
    """Write both files."""
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    run = closure(config["options"]["install_requires"].split())
    extras = config["options.extras_require"]
    test = closure([*extras["test"].split(), *extras["docs"].split()])
    only_test = {name: pin for name, pin in test.items() if name not in run}
    note = "# Written by `make lock`: the bounds are in setup.cfg.\n"
    (ROOT / "requirements.txt").write_text(f"{note}--editable .\n{lines_of(run)}")
    (ROOT / "requirements-test.txt").write_text(f"{note}{lines_of(only_test)}")


if __name__ == "__main__":
    try:
        main()
    except PackageNotFoundError as error:
        raise SystemExit(f"{error.name} is needed and not installed here: install it, then lock") from error
