"""Work of more than a second: two processes of its own do it, never a request and never a fork of a web worker.

A page's `panel` requests a task. The `manager` starts a `supervisor` process, which waits for a free slot, starts a
`worker` process, writes its progress and outcome to the store that Dash polls, and ends it when the job is cancelled or
the server ends. The worker computes the task of `tasks.registry` and caches the result, where the page finds it.
"""
