"""Results of jobs as they are stored: JSON, compressed, with a hash that is verified when they are read."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

from forecasting.errors import NotReady, WorkFailed

MOST_STORED_BYTES = 16 << 20
"""Of one result, compressed. The report of a comparison has about 1 MB."""


@dataclass(frozen=True)
class StoredResult:
    """A result as its row holds it; `key` names what it is the result of, for those who look for it."""

    payload: bytes
    hash: str
    bytes: int
    key: str | None


def stored_form(data: bytes, key: str | None = None) -> StoredResult:
    """Return the stored form of the JSON `data`; raises WorkFailed if it is too large to be stored."""
    payload = zlib.compress(data)
    if len(payload) > MOST_STORED_BYTES:
        raise WorkFailed(
            f"The result has {len(payload)} bytes when compressed; a job stores at most {MOST_STORED_BYTES}."
        )
    return StoredResult(payload, hashlib.sha256(data).hexdigest(), len(data), key)


def verified(job_id: str, payload: bytes, expected: str) -> bytes:
    """Return the JSON of a stored result; raises NotReady if it is not what was stored."""
    try:
        data = zlib.decompress(payload)
    except zlib.error:
        data = b""
    if hashlib.sha256(data).hexdigest() != expected:
        raise NotReady(f"The stored result of job {job_id} is damaged. Run the job again.")
    return data
