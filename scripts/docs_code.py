"""The generated parts of the reference that come from Python code: commands, settings, policies, models, formats."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from forecasting import errors as error_tree
from forecasting.errors import ForecastingError
from forecasting.forecasters.registry import DEFAULT_MODEL, MAIN_MODELS, MODEL_NAMES, UNTRAINED, forecaster_class
from forecasting.readers import FORMATS
from forecasting.scaling.config import policy_names
from forecasting.scaling.policies.policy_registry import POLICIES, RANGES
from forecasting.settings import VARIABLES, Settings
from scripts.docs_tables import code, table
from webapp.app.cli import root_command

COMMON_OPTIONS = {"--json", "--quiet", "--help"}
"""Options that every command has; the page describes them once."""

SETTING_MEANINGS = {
    "home": "Folder for the catalog, trained model sets and caches. Two homes share nothing.",
    "database_url": "PostgreSQL database: `postgresql://user:password@host/name`, with TLS options such as "
    "`?sslmode=require`; `postgres://` too. Empty: the SQLite file in the home. Run `dataflow migrate` first.",
    "database_pool": "Connections to the database that each process keeps open.",
    "read_only": "`1` refuses every request that changes something, with 403. Use it for a public server.",
    "host": "Address to listen on.",
    "port": "Port to listen on.",
    "web_concurrency": "Number of worker processes.",
    "max_json_bytes": "Largest JSON body, in bytes (10 MiB).",
    "max_upload_bytes": "Largest upload, in bytes (512 MiB).",
    "max_expanded_bytes": "Most bytes that one compressed upload may unpack to (4 GiB).",
    "max_points": "Most points in one request.",
    "max_bins": "Most bins in one data set.",
    "cache_bytes": "Most bytes of computed results cached on disk (512 MiB); the least recently used go first.",
    "redis_url": "Redis that carries jobs to `dataflow worker` processes: `redis://host:6379/0`, `rediss://` with TLS. "
    "Empty: the server does the jobs itself.",
    "jobs_at_once": "Jobs that one machine does at a time.",
    "max_queued_jobs": "Jobs that may wait; further ones get 429.",
    "max_job_seconds": "Longest run of a job, in seconds; then it is stopped and fails.",
    "worker_bytes": "A worker process that takes more memory is replaced, at most every five minutes (512 MiB).",
    "heavy_calls": "Heavy calls (comparisons, simulations, backtests, imports) that a worker computes at a time.",
    "heavy_queue": "Heavy calls that wait in a worker; further ones get 503 with `Retry-After`.",
    "heavy_rate": "Heavy calls that one client may make in a minute, over all workers where `REDIS_URL` is set; "
    "further ones get 429 with `Retry-After`.",
    "request_seconds": "Seconds after which a request stops working and gets 503; jobs and the command line have none.",
    "max_datasets": "Most data sets that the API creates; further ones get 409.",
    "least_free_bytes": "Bytes that imports and appends leave free on the disk of the home (256 MiB); otherwise 503.",
    "auth": "Who may use the server: `none` (everybody), `local` (users with passwords), `oidc` (an OpenID Connect "
    "provider) or `proxy` (a trusted proxy names the user). See [Access](../guides/access.md).",
    "allow_anonymous": "`1` lets everybody do everything on a server with `DATAFLOW_AUTH=none` that other machines can "
    "reach. Without it such a server is read-only and starts no heavy work.",
    "secret_key": "At least 32 random characters that sign the cookies of `local` and `oidc`, the same everywhere.",
    "roles": "Which groups have which role with `oidc` and `proxy`: `platform=admin,ops=operator,user:ada=admin,"
    "*=viewer`. The highest counts; `*` is everybody.",
    "session_hours": "Hours after which a login ends.",
    "audit_days": "Days for which changes and refusals stay in the audit.",
    "oidc_issuer": "Address of the OpenID Connect provider, as it calls itself.",
    "oidc_client_id": "Client that the provider knows.",
    "oidc_client_secret": "Its secret.",
    "oidc_scopes": "Scopes to ask the provider for.",
    "oidc_groups_claim": "Claim that has the groups.",
    "proxy_addresses": "Addresses or networks of the proxies whose headers are believed: `10.0.0.5,fd00::/8`.",
    "proxy_user_header": "Header with which the proxy names the user.",
    "proxy_groups_header": "Header with the user's groups, separated by commas; empty: none.",
    "hosts": "Names under which the server answers, separated by commas, besides `localhost`, loopback addresses and "
    "`HOST`: `dataflow.example.com`, `.example.com` (and all below it) or `*`. Other names get 421.",
    "proxies": "Number of trusted proxies before the server: as many entries of `X-Forwarded-For`, `-Proto`, `-Host`, "
    "`-Port` and `-Prefix` are believed. 0 believes none.",
    "log_format": "`text`, or `json`: one object a line.",
    "log_level": "Which requests the log has: `info` all, `warning` refused and failed ones; `debug`, `error`.",
}

POLICY_MEANINGS = {
    "reactive": "Kubernetes HPA v2 on utilisation, exact: tolerance, stabilization window and rate limits.",
    "reactive:smoothing": "Exponentially smoothed demand plus headroom that grows with its square root. "
    "The strongest simple policy we know.",
    "reactive:recent-max": "The highest demand of the last bins, times a factor.",
    "target-tracking": "AWS target tracking: a target utilisation with alarms and a cooldown.",
    "threshold": "An upper and a lower utilisation threshold with a cooldown.",
    "fixed": "A constant number of replicas.",
    "scheduled": "Your calendar; without one, what each hour of the week needed before.",
    "predictive": "The expected worth of each replica on the distribution of the coming demand, at a price of an unmet "
    "request that the error budget moves.",
    "hybrid": "`predictive` with two guards: replicas are held for an hour when expected requests stop coming, and a "
    "new level is followed at once.",
    "predictive:window-quantile": "A quantile of the highest demand within the lead time, while the forecast passes "
    "the trust check; otherwise the HPA at 70 %.",
    "perfect-forecast": "`predictive` with the actuals in place of the forecast: the most that better forecasts "
    "could save.",
    "oracle": "The cheapest plan if all demand were known in advance.",
}

PARAMETER_MEANINGS = {
    "target_percent": "Utilisation to aim at, in percent.",
    "upper_percent": "Utilisation above which replicas are added, in percent.",
    "lower_percent": "Utilisation below which replicas are removed, in percent.",
    "cooldown_seconds": "Time after a change in which no other is made.",
    "replicas": "Number of replicas.",
    "quantile": "Quantile of the demand to provide for.",
    "headroom": "Multiple of the square root of the smoothed demand to add.",
    "alpha": "Weight of the newest bin in the smoothing.",
    "factor": "Multiple of the highest recent demand.",
    "bins": "Number of recent bins to look at.",
    "price_of_unmet": "What an unmet request is worth, in units of what serving it at full capacity costs: where the "
    "price starts, or stays without `adaptive`.",
    "adaptive": "`1`: the error budget moves the first parameter so that the objective is kept. `0`: it stays.",
    "gated": "`1`: follow the forecast only while it passes the trust check. `0`: always.",
    "scale_in_window_seconds": "Stabilization window: scale in only to the highest recommendation within it.",
}

MODEL_MEANINGS = {
    "auto": "`adaptive`, and trained quantiles if a model set was trained on the series, weighted by their losses.",
    "adaptive": "Regressions and usual days and weeks that learn online, weighted by their recent losses. Needs no "
    "training: it forecasts any service from its first points.",
    "hybrid": "Prophet's trend and seasons with an LSTM on what they leave.",
    "xgboost": "Gradient-boosted trees on lags, recent levels and the time of day and week.",
    "lightgbm": "The same features with LightGBM.",
    "ensemble": "The mean of LightGBM and seasonal smoothing. The default of earlier releases.",
    "seasonal_smoothing": "Exponential smoothing with a daily and a weekly season. Needs no training on your traffic.",
    "smoothing": "Exponential smoothing without seasons.",
    "naive": "The last value.",
    "seasonal_naive": "The value at the same time yesterday.",
    "seasonal_naive_week": "The value at the same time a week ago.",
}

FORMAT_MEANINGS = {
    "csv": "A table with a time column and a count column under any usual name (`timestamp`, `ds`, `requests_count`, "
    "`y`, ...) or the names you give; optional `is_burst` and `is_event`. Also JSON answers of metric systems, Parquet "
    "and Excel, which reports call `parquet` and `excel`.",
    "common": "Common Log Format: Apache, nginx and many others.",
    "combined": "Combined Log Format, also with a virtual host before it or more fields after it.",
    "json_lines": "JSON records, one per line or in an array: nginx, Caddy, Traefik and others.",
    "w3c": "W3C extended: IIS, CloudFront.",
    "alb": "AWS Application Load Balancer.",
    "elb": "AWS Classic Load Balancer.",
    "haproxy": "HAProxy HTTP.",
    "access_line": "Lines with a time and a request or a status, in any order: S3, Tomcat, Squid, uWSGI, Envoy and "
    "Istio, nginx proxy manager, and `key=value` lines such as Heroku's.",
    "pattern": "Any other text log: a regular expression with a group named `time` (`--pattern`, `--time-format`).",
}


def leaves(command: click.Command, path: str = "dataflow") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, with its full name."""
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
    for name, child in (children or {}).items():
        yield from leaves(child, f"{path} {name}")


def commands() -> str:
    """A section for each command: usage, what it does, arguments and options."""
    return "\n\n".join(_command(path, command) for path, command in leaves(root_command()))


def _command(path: str, command: click.Command) -> str:
    about, _, examples = inspect.cleandoc(command.help or "").partition("\b")
    usage = " ".join(command.collect_usage_pieces(click.Context(command)))
    options = [
        option
        for option in command.params
        if isinstance(option, click.Option) and not COMMON_OPTIONS.intersection(option.opts) and not option.hidden
    ]
    parts = [f"## {path}", f"```text\n{path} {usage.strip()}\n```", " ".join(about.split())]
    if options:
        parts.append(table(["option", "meaning"], [_option(option) for option in options]))
    lines = [line.strip() for line in examples.splitlines() if line.strip().startswith("dataflow")]
    if lines:
        parts += ['```text title="Examples"\n' + "\n".join(lines) + "\n```"]
    return "\n\n".join(parts)


def _option(option: click.Option) -> list[str]:
    record = option.get_help_record(click.Context(click.Command("none")))
    if record is None:
        raise ValueError(f"{option.name} has no help")
    names, meaning = record
    return [code(names.replace("|", " or ")), _angle(meaning)]


def _angle(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;")


def settings() -> str:
    """A row for each environment variable: default, type and meaning."""
    defaults = Settings()
    rows = []
    for field, variable in VARIABLES.items():
        value = getattr(defaults, field)
        kind = {"bool": "`0` or `1`", "int": "integer", "str": "text"}.get(type(value).__name__, "folder")
        shown = "the user's data folder, such as `~/.local/share/dataflow`" if kind == "folder" else code(_plain(value))
        rows.append([code(variable), shown, kind, SETTING_MEANINGS[field]])
    return table(["variable", "default", "type", "meaning"], rows)


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, bool | int) else str(value)


def policies() -> str:
    """A row for each policy: what it does, its parameters, what it may be used for."""
    rows = []
    for name in policy_names.POLICIES:
        policy = POLICIES.get(name)
        names = ", ".join(map(code, policy.parameters)) if policy and policy.parameters else "none"
        use = "yes" if name in policy_names.DEPLOYABLE else "benchmark only"
        rows.append([code(name), POLICY_MEANINGS[name], names, use])
    return table(["policy", "decides by", "parameters", "can be deployed"], rows)


def parameters() -> str:
    """A row for each parameter of a policy: range, meaning, policies that have it."""
    rows = [
        [
            code(name),
            f"{low:g} to {high:,.0f}" if high >= 1000 else f"{low:g} to {high:g}",
            PARAMETER_MEANINGS[name],
            ", ".join(code(policy) for policy, definition in POLICIES.items() if name in definition.parameters),
        ]
        for name, (low, high) in RANGES.items()
    ]
    return table(["parameter", "range", "meaning", "policies"], rows)


def models() -> str:
    """A row for each model."""
    rows = []
    for name in MODEL_NAMES:
        forecaster_class(name)
        kind = "untrained" if name == UNTRAINED else "trained" if name in MAIN_MODELS else "baseline"
        rows.append([code(name), kind, MODEL_MEANINGS[name] + (" The default." if name == DEFAULT_MODEL else "")])
    return table(["model", "kind", "what it is"], rows)


def formats() -> str:
    """A row for each format that can be imported."""
    rows = [[code(name), FORMAT_MEANINGS[name], "no" if name == "pattern" else "yes"] for name in FORMATS]
    return table(["format", "what it is", "detected"], rows)


def import_options() -> str:
    """The options of an import, as the command line has them."""
    ((_, command),) = [leaf for leaf in leaves(root_command()) if leaf[0] == "dataflow data import"]
    skip = COMMON_OPTIONS | {"--name", "--replace", "--append", "--overlap", "--dry-run"}
    options = [o for o in command.params if isinstance(o, click.Option) and not skip.intersection(o.opts)]
    return table(["option", "meaning"], [_option(option) for option in options])


def errors() -> str:
    """A row for each kind of error: HTTP status, exit status and meaning."""
    classes = [
        value
        for value in vars(error_tree).values()
        if inspect.isclass(value) and issubclass(value, ForecastingError) and value is not ForecastingError
    ]
    rows = [
        [code(kind.__name__), str(kind.status), str(kind.exit_code), _first_sentence(kind.__doc__ or "")]
        for kind in classes
    ]
    return table(["kind", "HTTP status", "exit status", "meaning"], rows)


def _first_sentence(text: str) -> str:
    first = re.split(r"(?<=\.)\s", " ".join(text.split()))[0]
    return first.replace("`errors`", "errors")
