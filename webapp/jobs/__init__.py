"""Work of more than a second: processes of their own do it, never a request and never a fork of a worker.

A page's `panel` asks for a task; the `manager` starts a `watcher`, which tells Dash how far the task is and takes it
along when it is cancelled or the server ends; `watch` and `work` are its two ends of the line to the process that does
the work. The answer is kept among the `Answers`, where the page finds it.
"""
