"""Work of more than a second: a fresh process does it, a fork of a web worker only starts and watches that.

A fork of a worker that used OpenMP or JAX would hang in them. So Dash's background callback (`panel`) calls `watch`,
which starts `work` as a process of its own; its answer is kept among the `Answers`, where the page finds it.
"""
