"""Fetching NASA-HTTP, the recording that the shipped models are trained on, from the Internet Traffic Archive."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3

from forecasting.errors import FileRefused, InputError, WorkFailed
from forecasting.progress import ByteProgress
from forecasting.readers.streams import opened

MIRROR = "https://ita.ee.lbl.gov/traces"
NASA_LOGS = {"NASA_access_log_Jul95.gz": 1_891_714, "NASA_access_log_Aug95.gz": 1_569_898}
"""The two monthly logs and the lines of each; July's ends in a fragment, which may count as one line more."""

ATTEMPTS = 5
TIMEOUT_SECONDS = 30
CHUNK_BYTES = 1 << 18
_FINAL = frozenset(range(400, 500)) - {408, 425, 429}
MAX_EXPANDED_BYTES = 1 << 30


def fetch_nasa_http(
    destination: Path,
    *,
    mirror: str = MIRROR,
    files: Sequence[Path] | None = None,
    progress: ByteProgress | None = None,
    backoff_seconds: float = 1.0,
) -> list[Path]:
    """The paths of the two monthly logs, downloaded into `destination` (created where missing) unless they lie there.

    `files` are taken instead of a download, as they are. A transfer that breaks off is resumed where the server can,
    else started again, `ATTEMPTS` times in all with growing pauses; a log appears under its name only when its lines
    were counted and are right. `progress` is called with the bytes of the current file and their sum.

    Raises InputError for a mirror that is no http(s) address or files that are missing, WorkFailed where the download
    fails or brings something else.
    """
    if files is not None:
        return _given(files)
    if urlsplit(mirror).scheme not in ("http", "https") or not urlsplit(mirror).netloc:
        raise InputError(f"mirror must be an address such as {MIRROR} (got {mirror!r}).", field="mirror")
    destination.mkdir(parents=True, exist_ok=True)
    with requests.Session() as session:
        return [
            _fetch(session, f"{mirror.rstrip('/')}/{name}", destination / name, lines, progress, backoff_seconds)
            for name, lines in NASA_LOGS.items()
        ]


def _given(files: Sequence[Path]) -> list[Path]:
    for file in files:
        if not file.is_file():
            raise InputError(f"{file} is no file; give the paths of the logs.", field="files")
    return list(files)


def _fetch(
    session: requests.Session,
    url: str,
    target: Path,
    lines: int,
    progress: ByteProgress | None,
    backoff_seconds: float,
) -> Path:
    if target.is_file() and _wrong(target, lines) is None:
        return target
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        _download(session, url, part, progress, backoff_seconds)
        wrong = _wrong(part, lines)
        if wrong:
            raise WorkFailed(f"{url} is not the log of the archive: {wrong} Give another mirror.")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _download(
    session: requests.Session, url: str, part: Path, progress: ByteProgress | None, backoff_seconds: float
) -> None:
    problem = "the server stops too early"
    for attempt in range(ATTEMPTS):
        time.sleep(backoff_seconds * (2**attempt - 1))
        try:
            if _transfer(session, url, part, progress):
                return
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            response = getattr(error, "response", None)
            if response is not None and response.status_code in _FINAL:
                raise WorkFailed(f"{url} answers {response.status_code}; give another mirror.") from error
            problem = _cause(error)
    raise WorkFailed(f"{url} could not be fetched in {ATTEMPTS} attempts: {problem}.")


def _cause(error: Exception) -> str:
    """Why a transfer failed. What the libraries say of a server that is not reached is no sentence for people."""
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy that this machine is told to use (HTTPS_PROXY, HTTP_PROXY) does not answer"
    if isinstance(error, requests.exceptions.SSLError):
        return "no secure connection could be made"
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3.exceptions.NameResolutionError):
        return "its name is not known here; this machine seems to be offline"
    if isinstance(error, requests.exceptions.Timeout):
        return f"it did not answer within {TIMEOUT_SECONDS} s"
    if isinstance(reason, urllib3.exceptions.NewConnectionError):
        return "it cannot be reached from here"
    return str(error)


def _transfer(session: requests.Session, url: str, part: Path, progress: ByteProgress | None) -> bool:
    """Fetch what is missing of a file into `part`; False where the server stopped too early."""
    have = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
        if response.status_code == requests.codes.range_not_satisfiable:
            part.unlink()
            return False
        response.raise_for_status()
        if response.status_code != requests.codes.partial_content:
            have = 0
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() else None
        with part.open("r+b" if have else "wb") as file:
            file.seek(have)
            # Not iter_content: old servers call a .gz file an encoding of its text, and it would be expanded.
            for chunk in response.raw.stream(CHUNK_BYTES, decode_content=False):
                file.write(chunk)
                have += len(chunk)
                if progress:
                    progress(have, total)
    return total is None or have == total


def _wrong(path: Path, lines: int) -> str | None:
    """Return what is wrong with a log that should have `lines` lines; None if nothing is."""
    try:
        with opened(path, limit_bytes=MAX_EXPANDED_BYTES) as (streams, _):
            found = sum(
                chunk.count(b"\n")
                for stream in streams
                for chunk in iter(lambda: stream.read(CHUNK_BYTES), b"")  # noqa: B023
            )
    except FileRefused as error:
        return error.message
    return None if found in (lines, lines + 1) else f"it has {found:,} lines instead of {lines:,}."
