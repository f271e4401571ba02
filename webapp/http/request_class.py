"""The request class of the server."""

from __future__ import annotations

from typing import IO, Any

from flask import Request


class TidyRequest(Request):
    """Closes every upload that it began, so that an interrupted one leaves no file on the disk.

    werkzeug holds an upload in memory up to 500 kB and beyond that in a nameless temporary file (under TMPDIR), but
    closes only those of a form that was read to its end.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._begun: list[IO[bytes]] = []

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*args, **kwargs)
        self._begun.append(stream)
        return stream

    def close(self) -> None:
        """Close the request and its uploads; Flask calls this at the end."""
        super().close()
        for stream in self._begun:
            stream.close()
