"""Calls of the peers: their jobs, their processes, and their forecasts, kept under a key of all that they rest on."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.accuracy.peers.environment import digest, python_of
from benchmarks.accuracy.peers.run import LIBRARIES, MODULES
from benchmarks.accuracy.peers.windows import LEVELS, Job
from benchmarks.accuracy.scoring import Chunk, Row, daily_sums
from benchmarks.accuracy.tasks import STEPS, Task
from forecasting.errors import WorkFailed
from forecasting.forecasters.base import QUANTILES

PEERS = tuple(LIBRARIES)
QUICK_PEERS = ("SeasonalNaive", "Prophet", "OnlineRidge", "DirectQuantiles")
"""Peers that forecast from every origin in minutes, on any series."""

MOST_UPDATES = 3_500
"""The origins up to which mlforecast, which goes from bin to bin, forecasts from all of them."""

ROOT = Path(__file__).resolve().parents[3]
_COLUMNS = [QUANTILES.index(level) for level in LEVELS]


@dataclass(frozen=True)
class Peers:
    """Where the peers live, where their forecasts are kept, and whether kept ones are taken."""

    venv: Path
    cache: Path
    reuse: bool = False

    def rows(self, peer: str, task: Task) -> tuple[list[Row], list[Row], str]:
        """The rows of all origins (none where the peer is too slow) and of the subset, and the library's version."""
        everywhere = peer in QUICK_PEERS or (
            peer == "mlforecast" and len(task.steps) == STEPS and len(task.origins) <= MOST_UPDATES
        )
        job = job_of(task, task.origins if everywhere else task.subset)
        with np.load(self._forecasts(peer, job), allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
        # A peer that is fitted at every origin has no time of its own for that.
        fit_seconds, forecast_seconds = float(found["fit_seconds"]) or None, float(found["forecast_seconds"])
        about = peer, LIBRARIES[peer], str(found["about"]), fit_seconds, forecast_seconds
        blocks = [
            Row(*about, daily_sums(task, chunks(job, found["means"], found["quantiles"]), origins))
            for origins in ((task.origins, task.subset) if everywhere else (task.subset,))
        ]
        return blocks[:-1], blocks[-1:], str(found["version"])

    def _forecasts(self, peer: str, job: Job) -> Path:
        """The file with the forecasts of a peer, made unless it is there and may be taken."""
        self.cache.mkdir(parents=True, exist_ok=True)
        kept = self.cache / f"{peer}-{key_of(peer, job)}.npz"
        if self.reuse and kept.is_file():
            return kept
        with tempfile.TemporaryDirectory(dir=self.cache) as place:
            source, target = Path(place) / "job.npz", Path(place) / "forecasts.npz"
            np.savez(source, **asdict(job))
            self._run(peer, source, target)
            target.replace(kept)
        return kept

    def _run(self, peer: str, source: Path, target: Path) -> None:
        # Threads that wait by spinning make a fit many times slower on a machine that does anything else.
        environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE"}
        command = [str(python_of(self.venv)), "-m", "benchmarks.accuracy.peers.run", peer, str(source), str(target)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        if done.returncode:
            raise WorkFailed(f"The peer {peer} ended with {done.returncode}; what it printed is above.")


def job_of(task: Task, origins: np.ndarray) -> Job:
    """What a peer is given of a task."""
    series = task.series
    counts = series.requests_count
    return Job(counts, int(series.wall[0]), series.bin_seconds, task.train_end, origins, len(task.steps))


def key_of(peer: str, job: Job) -> str:
    """A digest of everything that the forecasts of a peer rest on: its job, its code here and its packages."""
    found = hashlib.sha256(f"{peer} {digest()}".encode())
    for value in asdict(job).values():
        found.update(np.ascontiguousarray(value).tobytes())
    for module in ("windows", "run", MODULES[peer]):
        found.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    return found.hexdigest()[:16]


def chunks(job: Job, means: np.ndarray, quantiles: np.ndarray) -> Iterator[Chunk]:
    """A peer's forecasts as they are scored: with NaN at the levels that no figure uses."""
    for part in np.array_split(np.arange(len(job.origins)), max(1, len(job.origins) // 2_000)):
        wide = np.full((len(part), job.horizon, len(QUANTILES)), np.nan)
        wide[:, :, _COLUMNS] = quantiles[part]
        yield job.origins[part], means[part].astype(float), wide
