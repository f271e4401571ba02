"""All settings, read from environment variables here and nowhere else."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from forecasting.errors import InputError, NotReady

MEBIBYTE = 1 << 20
LARGEST_PORT = 65_535
AUTH_MODES = ("none", "local", "oidc", "proxy")
LEAST_CACHE_BYTES = 16 * MEBIBYTE
"""The report of a comparison alone is over 2 MB."""


@dataclass(frozen=True)
class Settings:
    """Typed settings; `VARIABLES` maps each field to its environment variable."""

    home: Path = Path(platformdirs.user_data_dir("dataflow", appauthor=False))
    database_url: str = field(default="", repr=False)
    database_pool: int = 4
    read_only: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    web_concurrency: int = 2
    max_json_bytes: int = 10 * MEBIBYTE
    max_upload_bytes: int = 512 * MEBIBYTE
    max_expanded_bytes: int = 4096 * MEBIBYTE
    max_points: int = 100_000
    max_bins: int = 5_000_000
    cache_bytes: int = 512 * MEBIBYTE
    worker_bytes: int = 512 * MEBIBYTE
    heavy_calls: int = 1
    heavy_queue: int = 8
    heavy_rate: int = 300
    request_seconds: int = 60
    max_datasets: int = 1_000
    least_free_bytes: int = 256 * MEBIBYTE
    redis_url: str = field(default="", repr=False)
    jobs_at_once: int = 4
    max_queued_jobs: int = 100
    max_job_seconds: int = 3600
    auth: str = "none"
    allow_anonymous: bool = False
    secret_key: str = field(default="", repr=False)
    roles: str = ""
    session_hours: int = 12
    audit_days: int = 90
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_scopes: str = "openid profile email"
    oidc_groups_claim: str = "groups"
    proxy_addresses: str = ""
    proxy_user_header: str = "X-Forwarded-User"
    proxy_groups_header: str = ""
    hosts: str = ""
    proxies: int = 0
    log_format: str = "text"
    log_level: str = "info"

    def __post_init__(self) -> None:
        if not 1 <= self.port <= LARGEST_PORT:
            raise InputError(f"PORT must be an integer from 1 to {LARGEST_PORT} (got {self.port}).", field="PORT")
        _check_database_url(self.database_url)
        if self.cache_bytes < LEAST_CACHE_BYTES:
            variable = VARIABLES["cache_bytes"]
            raise InputError(
                f"{variable} must be at least {LEAST_CACHE_BYTES} (got {self.cache_bytes}).", field=variable
            )
        if self.auth not in AUTH_MODES:
            variable = VARIABLES["auth"]
            raise InputError(f"{variable} must be one of {', '.join(AUTH_MODES)} (got {self.auth!r}).", field=variable)

        for name, values in CHOICES.items():
            if getattr(self, name) not in values:
                raise InputError(
                    f"{VARIABLES[name]} must be one of {', '.join(values)} (got {getattr(self, name)!r}).",
                    field=VARIABLES[name],
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the settings. Raises InputError with the name of the invalid variable and its valid values."""
        source = os.environ if environment is None else environment
        values: dict[str, Any] = {
            name: _parse(variable, source[variable], type(getattr(cls, name, None)))
            for name, variable in VARIABLES.items()
            if source.get(variable, "") != ""
        }
        return cls(**values)

    @property
    def has_login(self) -> bool:
        """Whether people log in on this server, and so have sessions."""
        return self.auth in ("local", "oidc")

    @property
    def is_restricted(self) -> bool:
        """Whether a server that knows nobody would be open to other machines: it then changes and computes little."""
        return self.auth == "none" and not self.allow_anonymous and not is_loopback(self.host)

    @property
    def catalog_path(self) -> Path:
        """The embedded database, which is used if there is no `database_url`."""
        return self.home / "catalog.sqlite3"

    @property
    def model_sets_path(self) -> Path:
        """The folder of the model sets trained in this home; the shipped ones are inside the package."""
        return self.home / "models"

    @property
    def cache_path(self) -> Path:
        """Caches of our own, each a folder in it: JSON and plain arrays."""
        return self.home / "cache"

    @property
    def existing_folder(self) -> Path:
        """The home, or the nearest folder above it that exists: one on the disk of the home."""
        return next(folder for folder in (self.home, *self.home.absolute().parents) if folder.exists())

    def check_home(self) -> None:
        """Raise NotReady if another user owns the home, or may write to it: what is read there is trusted."""
        with suppress(FileNotFoundError, NotADirectoryError):
            status = self.home.stat()
            if status.st_uid not in (os.geteuid(), 0):
                raise NotReady(f"The home {self.home} belongs to another user. Set DATAFLOW_HOME to a folder of yours.")
            if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise NotReady(
                    f"The home {self.home} can be written by other users (mode {stat.S_IMODE(status.st_mode):o}). "
                    f"Run chmod go-w on it, or set DATAFLOW_HOME to a folder below it."
                )

    def prepare_home(self) -> Path:
        """Create the home and its cache folder (mode 0700: only the owner may write to them) and return the home.

        Raises NotReady on failure, and if others may write to it.
        """
        try:
            make_private(self.home)
            self.check_home()
        except OSError as error:
            raise NotReady(
                f"The home {self.home} cannot be created: {error.strerror}. Set DATAFLOW_HOME to another folder."
            ) from error
        with suppress(OSError):  # the cache reports what it cannot write; numba would let a group write
            make_private(self.cache_path)
        return self.home


def is_loopback(host: str) -> bool:
    """Return whether an address or a name reaches this machine only."""
    try:
        address = ip_address(host)
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback
    except ValueError:
        return host == "localhost"


def make_private(folder: Path) -> Path:
    """Create a folder and its missing parents, each accessible to its owner only (mode 0700), and return it.

    Raises OSError. `Path.mkdir` creates the parents with the default mode, which lets other users read and, with some
    umasks, write.
    """
    for path in (*reversed(folder.parents), folder):
        if not path.is_dir():
            path.mkdir(mode=0o700, exist_ok=True)
    return folder


POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")
"""The schemes of a database URL; the first is what Heroku writes."""


def _check_database_url(url: str) -> None:
    """Raise InputError for a URL that cannot be one of a PostgreSQL database; the message never has the password."""
    if not url:
        return
    variable = VARIABLES["database_url"]
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise InputError(f"{variable} must be a URL with a host and a port number.", field=variable) from None
    if parts.scheme not in POSTGRESQL:
        raise InputError(
            f"{variable} must begin with postgresql:// or postgres:// (got {parts.scheme or 'no scheme'}). Leave it "
            "out to use the embedded database in DATAFLOW_HOME.",
            field=variable,
        )


VARIABLES = {
    "home": "DATAFLOW_HOME",
    "database_url": "DATABASE_URL",
    "database_pool": "DATAFLOW_DATABASE_POOL",
    "read_only": "DATAFLOW_READ_ONLY",
    "host": "HOST",
    "port": "PORT",
    "web_concurrency": "WEB_CONCURRENCY",
    "max_json_bytes": "DATAFLOW_MAX_JSON_BYTES",
    "max_upload_bytes": "DATAFLOW_MAX_UPLOAD_BYTES",
    "max_expanded_bytes": "DATAFLOW_MAX_EXPANDED_BYTES",
    "max_points": "DATAFLOW_MAX_POINTS",
    "max_bins": "DATAFLOW_MAX_BINS",
    "cache_bytes": "DATAFLOW_CACHE_BYTES",
    "worker_bytes": "DATAFLOW_WORKER_BYTES",
    "heavy_calls": "DATAFLOW_HEAVY_CALLS",
    "heavy_queue": "DATAFLOW_HEAVY_QUEUE",
    "heavy_rate": "DATAFLOW_HEAVY_RATE",
    "request_seconds": "DATAFLOW_REQUEST_SECONDS",
    "max_datasets": "DATAFLOW_MAX_DATASETS",
    "least_free_bytes": "DATAFLOW_LEAST_FREE_BYTES",
    "redis_url": "REDIS_URL",
    "jobs_at_once": "DATAFLOW_JOBS_AT_ONCE",
    "max_queued_jobs": "DATAFLOW_MAX_QUEUED_JOBS",
    "max_job_seconds": "DATAFLOW_MAX_JOB_SECONDS",
    "auth": "DATAFLOW_AUTH",
    "allow_anonymous": "DATAFLOW_ALLOW_ANONYMOUS",
    "secret_key": "SECRET_KEY",
    "roles": "DATAFLOW_ROLES",
    "session_hours": "DATAFLOW_SESSION_HOURS",
    "audit_days": "DATAFLOW_AUDIT_DAYS",
    "oidc_issuer": "DATAFLOW_OIDC_ISSUER",
    "oidc_client_id": "DATAFLOW_OIDC_CLIENT_ID",
    "oidc_client_secret": "DATAFLOW_OIDC_CLIENT_SECRET",
    "oidc_scopes": "DATAFLOW_OIDC_SCOPES",
    "oidc_groups_claim": "DATAFLOW_OIDC_GROUPS_CLAIM",
    "proxy_addresses": "DATAFLOW_PROXY_ADDRESSES",
    "proxy_user_header": "DATAFLOW_PROXY_USER_HEADER",
    "proxy_groups_header": "DATAFLOW_PROXY_GROUPS_HEADER",
    "hosts": "DATAFLOW_HOSTS",
    "proxies": "DATAFLOW_PROXIES",
    "log_format": "DATAFLOW_LOG_FORMAT",
    "log_level": "DATAFLOW_LOG_LEVEL",
}

CHOICES = {"log_format": ("text", "json"), "log_level": ("debug", "info", "warning", "error")}
"""Settings that are one of a few words."""

MAY_BE_0 = ("DATAFLOW_PROXIES",)

if set(VARIABLES) != {field.name for field in fields(Settings)}:
    raise AssertionError("every setting needs a variable in VARIABLES")


def _parse(variable: str, text: str, kind: type) -> object:
    if kind is bool:
        if text not in ("0", "1"):
            raise InputError(f"{variable} must be 0 or 1 (got {text!r}).", field=variable)
        return text == "1"
    if kind is int:
        least = 0 if variable in MAY_BE_0 else 1
        if not text.isascii() or not text.isdigit() or int(text) < least:
            raise InputError(f"{variable} must be an integer of at least {least} (got {text!r}).", field=variable)
        return int(text)
    if kind is str:
        return text
    return Path(text).expanduser()
