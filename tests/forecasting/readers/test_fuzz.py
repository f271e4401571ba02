"""Mutations of lines and archives that look real: whatever comes out is a series or a refusal, never another error."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import random
import tarfile
import zipfile

import pytest
import zstandard

from forecasting.errors import ForecastingError
from forecasting.readers import ImportOptions, import_files
from forecasting.settings import Settings
from tests.forecasting.readers.test_accounting import RECORDS, W3C_FIELDS
from tests.forecasting.readers.test_products import LOGS, NOTED, REFUSED, TABLES
from tests.forecasting.readers.test_what_people_have import COMBINED, lines

PIECES = [
    b"\0", b"\r", b"\n", b'"', b"\\", b",", b";", b"{", b"}", b"[", b"]", b"\xff\xfe", b"\xef\xbb\xbf", b"9" * 20, b"-",
    b"1e999", b"NaN", b"2024-13-45T99:99:99Z", b"sep=", b"#Fields: ", b"%", b"\t", b" " * 50, b"\xc3", b"0001-01-01",
    b"+14:00",
]  # fmt: skip
SETTINGS = Settings(max_expanded_bytes=1 << 22, max_bins=200_000)


def seeds() -> list[bytes]:
    texts: list[str | bytes] = [lines(*texts) for texts in LOGS.values()]
    texts += [lines(W3C_FIELDS, *[one] * 3) for one in RECORDS.values()]
    texts += [*TABLES.values(), *(text for text, _ in (*REFUSED.values(), *NOTED.values()))]
    plain = [text.encode() if isinstance(text, str) else text for text in texts]
    log = lines(*COMBINED).encode()
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", log)
        archive.writestr("b.log", log[:200])
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        info = tarfile.TarInfo("a.log")
        info.size = len(log)
        tar.addfile(info, io.BytesIO(log))
    packed = [gzip.compress(log), bz2.compress(log), lzma.compress(log), zstandard.compress(log)]
    return [*plain, *packed, zipped.getvalue(), tarred.getvalue(), gzip.compress(tarred.getvalue())]


def mutated(data: bytes, draw: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(draw.choice([1, 1, 2, 5])):
        at = draw.randrange(len(out) + 1)
        match draw.randrange(6):
            case 0:
                out[at:at] = draw.choice(PIECES)
            case 1:
                del out[at : at + draw.choice([1, 2, 10, 100])]
            case 2:
                out[at : at + 1] = bytes([draw.randrange(256)])
            case 3:
                out = out[:at]
            case 4:
                out[at:at] = out[: draw.randrange(200)]
            case _:
                other = draw.randrange(len(out) + 1)
                out[at : at + 8] = out[other : other + 8]
    return bytes(out)


@pytest.mark.parametrize("seed", range(4))
def test_mutated_files_give_a_series_or_a_refusal(seed):
    draw, sources = random.Random(seed), seeds()
    options = [
        ImportOptions(),
        ImportOptions(),
        ImportOptions(status="2xx", exclude_bots=True, time_zone="Europe/Paris"),
    ]
    options += [ImportOptions(timeframe="5m"), ImportOptions(json_time="time"), ImportOptions(format="csv")]
    for _ in range(500):
        data = mutated(draw.choice(sources), draw)
        chosen = draw.choice(options)
        with contextlib.suppress(ForecastingError):
            import_files([("a.log", io.BytesIO(data))], name="x", options=chosen, settings=SETTINGS)
