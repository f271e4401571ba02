"""The names that columns of tables have, by what they hold."""

from __future__ import annotations

import re

TIME_COLUMNS = [
    "timestamp",
    "ds",
    "datetime",
    "date_time",
    "time",
    "date",
    "@timestamp",
    "_time",
    "period",
    "bucket",
    "interval",
    "window",
    "start",
    "ts",
    "day",
    "timestamp_utc",
    "time_utc",
    "timestamp(utc)",
    "datetime_utc",
    "key_as_string",
    "zeit",
    "datum",
    "zeitstempel",
    "uhrzeit",
    "heure",
    "horodatage",
    "fecha",
]
COUNT_COLUMNS = [
    "requests_count",
    "y",
    "requests",
    "request_count",
    "count",
    "hits",
    "value",
    "counts",
    "num_requests",
    "total_requests",
    "requestcount",
    "count_of_records",
    "doc_count",
    "_value",
    "samplecount",
    "count(*)",
    "count()",
    "count(1)",
    "count_",
    "cnt",
    "f0_",
    "requests_total",
    "request_total",
    "http_requests_total",
    "req_count",
    "reqs",
    "hit_count",
    "events",
    "total",
    "n",
    "visits",
    "pageviews",
    "page_views",
    "anfragen",
    "zugriffe",
    "aufrufe",
    "requêtes",
    "peticiones",
]
FLAG_COLUMNS = ("is_burst", "is_event")
MINUTE_COLUMNS = ("minute", "min", "mm")
DAY_COLUMNS = ("year", "month", "day")
CLOCK_COLUMNS = ("time", "clock", "hour", "hr", "hh", "hour_of_day")
_UNIT = re.compile(r"_?[\[(](?:utc|gmt|local|count|counts|requests|reqs?|number|#|sum)[\])]$")
"""A zone or a unit that stands in brackets behind a name."""


def named(name: str) -> str:
    """A column's name as it is compared: lower case, blanks as underscores, without a unit behind it."""
    plain = re.sub(r"\s+", "_", name.strip().strip('"').lower())
    return _UNIT.sub("", plain)
