"""Work of more than a second: processes of its own do it, never a request and never a fork of a web worker.

A job is a row (`forecasting.jobs`). `submission` queues it and has a runner look: `local_runner`, which needs no
service, or `celery_runner` if there is a Redis. Either one claims the job and calls `supervisor`, which starts a
`worker` process, stores its progress in the row, and ends it when the job is cancelled. The worker computes the task of
`tasks.registry` and stores the result in the row, where every page finds it.
"""
