"""The Celery application. It carries ids of jobs and nothing else: the rows of the database decide what is done.

Messages are JSON, acknowledged when the job has ended, and taken one at a time. A message that is lost, doubled or late
does no harm: a job is claimed once, and `watch` sends those again that nobody has claimed.
"""

from __future__ import annotations

import ssl
import threading
from functools import lru_cache
from typing import Any

from celery import Celery
from celery.signals import worker_shutting_down

from forecasting.jobs import JobQueue
from forecasting.settings import Settings
from webapp.jobs.supervisor import owner_name, perform
from webapp.jobs.watch import WATCH_SECONDS, look_after

QUEUE = "dataflow-jobs"
DO_JOB, WATCH = "dataflow.do_job", "dataflow.watch"
VISIBLE_FACTOR = 4
"""Redis hands a message out again that was not acknowledged within this number of longest jobs."""
CONNECT_SECONDS = 3

_stopping = threading.Event()


@lru_cache(maxsize=4)
def celery_app(settings: Settings) -> Celery:
    """Return the application of these settings, with its two tasks."""
    app = Celery("dataflow", broker=settings.redis_url, set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        result_serializer="json",
        task_ignore_result=True,
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_transport_options={
            "visibility_timeout": VISIBLE_FACTOR * settings.max_job_seconds,
            "global_keyprefix": "dataflow:",
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        beat_schedule={"watch": {"task": WATCH, "schedule": WATCH_SECONDS, "options": {"expires": 3 * WATCH_SECONDS}}},
    )
    if settings.redis_url.startswith("rediss:") and "ssl_cert_reqs" not in settings.redis_url:
        app.conf.broker_use_ssl = {"ssl_cert_reqs": ssl.CERT_REQUIRED}

    @app.task(name=DO_JOB)
    def do_job(job_id: str) -> None:
        queue = JobQueue(settings)
        job = queue.claim(owner_name(), job_id)
        if job is not None:
            perform(job, queue, settings, _stopping)

    @app.task(name=WATCH)
    def watch() -> None:
        look_after(settings)

    return app


def run_worker(settings: Settings, at_once: int) -> int:
    """Do jobs until a signal ends this process; return its exit code. Jobs that run then are queued again.

    Threads, not forks: LightGBM's OpenMP and JAX hang in a fork. The work itself is done by fresh processes.
    """
    worker_shutting_down.connect(_stop)
    worker = celery_app(settings).Worker(
        pool="threads",
        concurrency=at_once,
        loglevel="WARNING",
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


def run_scheduler(settings: Settings) -> None:
    """Send the watch at its times until a signal ends this process. Its state is in memory: there is none to lose."""
    celery_app(settings).Beat(scheduler_cls="celery.beat:Scheduler", loglevel="WARNING", quiet=True).run()


def _stop(**_: Any) -> None:
    _stopping.set()
