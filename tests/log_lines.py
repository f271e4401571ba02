"""Access logs and tables of counts as servers write them, made from a seed."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np

from forecasting.catalog.built_in import nasa_http_series

AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; rv:121.0) Gecko/20100101 Firefox/121.0",
    "Mozilla/5.0 (compatible; Examplebot/2.1; +http://bot.example/)",
    "Feedfetcher-Example; (+http://feeds.example/)",
    "curl/8.5.0",
    'odd \\"quoted\\" agent',
    "-",
)
PATHS = ("/", "/talks/2015/slides.html", "/talks/search?q=a%20b", "/style.css", "/logo.PNG", "/blog/feed.xml", "/a.b/c")
METHODS = ("GET", "GET", "GET", "GET", "HEAD", "POST", "OPTIONS")
STATUSES = (200, 200, 200, 206, 301, 304, 404, 403, 500)
OFFSETS = ("-1200", "-0800", "-0700", "-0600", "-0500")
DEMO_COLUMNS = (
    *("timestamp", "requests_count", "load", "burst_ratio", "hour_of_day"),
    *("is_burst", "day_of_week", "lag_1h", "lag_1d", "is_event"),
)
COMMON_LINES, COMBINED_LINES = 3_000, 4_000
BEGIN_COMBINED = datetime(2015, 5, 17, 10, 5)
COMBINED_MINUTES = 4_981


def write_all(folder: Path) -> Path:
    """Write every file into a folder (created if missing) and return it."""
    (folder / "logs").mkdir(parents=True)
    for name, content in _logs().items():
        (folder / "logs" / name).write_bytes(content)
    (folder / "combined.log.gz").write_bytes(gzip.compress(combined(), mtime=0))
    (folder / "demo_5m.csv").write_text(demo())
    (folder / "late_5m.csv").write_text(late(minutes=4, seconds=0, absent=(138, 900)))
    (folder / "later_5m.csv.gz").write_bytes(gzip.compress(late(minutes=2, seconds=53, absent=()).encode(), mtime=0))
    (folder / "large_15m.csv").write_text(large())
    (folder / "nasa_zeros_1m.csv.gz").write_bytes(gzip.compress(nasa_zeros().encode(), mtime=0))
    return folder


def _logs() -> dict[str, bytes]:
    return {
        "common_unordered.log": common(),
        "iis_w3c.log": iis(),
        "cloudfront.log": CLOUDFRONT.encode(),
        "aws_alb.log": ALB.encode(),
        "caddy.jsonl": caddy(),
        "nginx_json.log": nginx(),
        "apache_error.log": ERRORS.encode(),
    }


def clf_time(moment: datetime, offset: str) -> str:
    """Return the time as Common and Combined logs have it."""
    return f"[{moment:%d/%b/%Y:%H:%M:%S} {offset}]"


def common() -> bytes:
    """Half a day of a Common log that is not in the order of time, with six offsets."""
    random, begin = Random(1), datetime(1995, 8, 1)
    seconds = [1, *sorted(random.randrange(2, 11 * 3_600 + 43 * 60) for _ in range(COMMON_LINES - 7)), 42_239]
    lines = [_common_line(random, begin + timedelta(seconds=second), "-0400") for second in seconds]
    # A clock two hours west writes two hours less, so these lie within the half day but not at their place.
    for n, offset in enumerate(OFFSETS):
        hours = int(offset[1:3]) - 4
        moment = begin + timedelta(hours=max(0, 8 - hours), minutes=n)
        lines.insert(400 * (n + 1), _common_line(random, moment, offset))
    return "".join(lines).encode()


def _common_line(random: Random, moment: datetime, offset: str) -> str:
    request = f"{random.choice(METHODS)} {random.choice(PATHS)} HTTP/1.0"
    host, size = f"host{random.randrange(99)}.example", random.choice(("-", "0", "6245"))
    return f'{host} - - {clf_time(moment, offset)} "{request}" {random.choice(STATUSES)} {size}\n'


def combined() -> bytes:
    """Three and a half days of a Combined log in UTC with every kind of method, status, path and agent."""
    random = Random(2)
    last = COMBINED_MINUTES * 60 - 1
    seconds = [3, *(random.randrange(last) for _ in range(COMBINED_LINES - 2)), last]
    seconds[1:-1] = sorted(seconds[1:-1], key=lambda second: second // 20)
    return "".join(_combined_line(random, BEGIN_COMBINED + timedelta(seconds=second)) for second in seconds).encode()


def _combined_line(random: Random, moment: datetime) -> str:
    line = _common_line(random, moment, "+0000").rstrip("\n").replace("HTTP/1.0", "HTTP/1.1")
    return f'{line} "http://www.example/" "{random.choice(AGENTS)}"\n'


def iis() -> bytes:
    """A W3C log of IIS whose directives are repeated before every record."""
    random, begin = Random(3), datetime(2016, 1, 10, 0, 7, 26)
    fields = (
        "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status time-taken"
    )
    head = f"#Software: Microsoft Internet Information Services 8.5\n#Version: 1.0\n#Fields: {fields}\n"
    blocks = []
    for n in range(28):
        moment = begin + timedelta(seconds=random.randrange(400) + 420 * n)
        method, path = ("HEAD" if n % 9 == 0 else "GET"), ("/logo.png" if n % 4 == 0 else "/test.php")
        agent, status = ("Examplebot/2.1" if n % 7 == 0 else "Mozilla/5.0+(X11)"), (404 if n % 2 == 0 else 200)
        blocks.append(f"{head}{moment} 192.0.2.76 {method} {path} - 80 - 192.0.2.62 {agent} {status} 591\n\n")
    return "".join(blocks).encode()


def caddy() -> bytes:
    """Four records of Caddy, three of them by bots and three below /files/."""
    agents = ("Examplebot/7.0", "feedfetcher", "Other Spider", "Mozilla/5.0 (X11)")
    paths = ("/files/a.xz", "/files/b.xml", "/files/c.gz", "/browse.css")
    lines = []
    for n, (agent, path) in enumerate(zip(agents, paths, strict=True)):
        request = {"method": "GET", "host": "www.example", "uri": path, "headers": {"User-Agent": [agent]}}
        record = {"level": "info", "ts": 1_716_723_772.6 + 3_000 * n, "msg": "handled request", "request": request}
        lines.append(json.dumps({**record, "duration": 0.0175, "size": 3_768, "status": 200}) + "\n")
    return "".join(lines).encode()


def nginx() -> bytes:
    """Three records as JSON, their status a text, two hours east of UTC."""
    lines = []
    for n, status in enumerate(("200", "404", "200")):
        record = {"ip": "192.0.2.4", "path": "/page?id=1", "status": status, "user_agent": AGENTS[0], "length": 192}
        lines.append(json.dumps({**record, "date": f"2013-10-10T16:52:{n:02d}+02:00"}) + "\n")
    return "".join(lines).encode()


CLOUDFRONT = (
    "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status "
    "cs(Referer) cs(User-Agent)\n2014-05-23\t01:13:11\tFRA2\t182\t192.0.2.10\tGET\twww.example\t/view/file.html\t200\t"
    "https://example.com/\tMozilla/5.0%2520(Windows)\n"
)
ALB = (
    "https 2020-01-01T00:55:04.127531Z app/balancer/abc 192.0.2.3:2817 10.0.0.1:80 0.001 0.102 0.000 200 200 225 24950 "
    '"GET https://www.example.com:443/path/index.html HTTP/1.1" "Mozilla/5.0 (X11)" ECDHE-RSA-AES128-GCM-SHA256 '
    'TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/T/abc "Root=1-abc" "www.example.com" "arn:aws:acm:1" '
    '0 2020-01-01T00:55:04.023000Z "forward" "-" "-" "10.1.1.1:80" "200"\n'
)
ERRORS = "".join(
    f"[Sun Dec 04 04:{n // 60:02d}:{n % 60:02d} 2005] [error] child 67{n:02d} in error state 6\n" for n in range(200)
)


def demo() -> str:
    """Two days in the layout of the demo: counts, flags and columns that models were once given."""
    random, lines = Random(4), [",".join(DEMO_COLUMNS)]
    for n in range(2 * 288):
        moment = datetime(1995, 8, 23) + timedelta(minutes=5 * n)
        others = f"5.5,,{moment.hour},{int(n % 50 < 3)},{moment.weekday()},,"
        lines.append(f"{moment},{random.randrange(100, 400)},{others},0")
    return "\n".join([*lines, ""])


def late(*, minutes: int, seconds: int, absent: tuple[int, ...]) -> str:
    """Four days in bins of five minutes that begin late, some absent."""
    random, lines = Random(5), ["timestamp,requests_count"]
    for n in range(4 * 288):
        moment = datetime(2014, 4, 10) + timedelta(minutes=5 * n + minutes, seconds=seconds)
        if n not in absent:
            lines.append(f"{moment},{random.randrange(1, 400)}")
    return "\n".join([*lines, ""])


def large() -> str:
    """Thirty days of a regular service with counts near 10^10 in quarters of an hour, some cells empty."""
    rng = np.random.default_rng(6)
    hour = np.arange(30 * 96) / 4
    counts = 1e10 * (1 - 0.6 * np.cos(hour * 2 * np.pi / 24)) * rng.normal(1, 0.02, len(hour))
    lines = ["timestamp,requests_count"]
    for n, count in enumerate(np.round(counts).tolist()):
        lines.append(f"{datetime(2023, 1, 2) + timedelta(minutes=15 * n)},{'' if n % 97 == 5 else int(count)}")
    return "\n".join([*lines, ""])


def nasa_zeros() -> str:
    """NASA-HTTP as a table that has 0 for every minute without a request, its outages too."""
    series = nasa_http_series()
    counts = np.nan_to_num(series.requests_count).astype(int).tolist()
    rows = (f"{ds},{count}" for ds, count in zip(series.ds, counts, strict=True))
    return "\n".join(["timestamp,requests_count", *rows, ""])
