"""The venv that the peers live in: found, or made from the pinned requirements, once for each version of these."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from forecasting.errors import WorkFailed

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
_READY = "ready"


def python_of(folder: Path) -> Path:
    """The interpreter of the peers' venv in `folder`, which is made there unless it is ready: about a minute, 1 GB.

    Raises WorkFailed with what pip said where the packages cannot be installed.
    """
    python, ready = folder / "bin" / "python", folder / _READY
    wanted = digest()
    if ready.is_file() and ready.read_text() == wanted:
        return python
    print(f"Installing the peers into {folder} (once) ...", file=sys.stderr, flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--requirement", str(REQUIREMENTS)])
    ready.write_text(wanted)
    return python


def digest() -> str:
    """What tells one version of the requirements, for one Python, from another."""
    return hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkFailed(
            f"The peers cannot be installed ({' '.join(command[:4])} ...): {done.stderr.strip()[-600:]} Give a venv "
            "that has them with --peers-venv, or leave them out with --no-peers."
        )
