"""What a runner is."""

from __future__ import annotations

from typing import Protocol

from forecasting.jobs import JobQueue


class Runner(Protocol):
    """Whatever claims queued jobs and has them done."""

    def wake(self, job_id: str) -> None:
        """Have this queued job looked at soon. One that is not is found by the watch later (see `watch`)."""
        ...

    def renew(self, queue: JobQueue) -> None:
        """Have queued jobs looked at that may have been forgotten."""
        ...
