"""The rules that a configuration has to keep, and what it says once it does."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lms_gateway.config.problems import Problems
from lms_gateway.config.raw import RawSettings, read
from lms_gateway.config.settings import (
    CREDENTIALS,
    TRANSPORTS,
    Credentials,
    Limits,
    SchoologyOAuth1,
    Secret,
    Settings,
    TenantSettings,
    TransportSettings,
    is_loopback,
)
from lms_gateway.config.tables import Table
from lms_gateway.domain.access import Access, ApiKey, Scope
from lms_gateway.domain.records import Vendor

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000

_SLUG = re.compile(r"[a-z0-9-]+")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


def load(
    path: Path, *, environ: Mapping[str, str], host: str | None = None, port: int | None = None
) -> Settings:
    """Read and check a file. Raises ConfigError with everything that is wrong with it."""
    return check(read(path), environ=environ, host=host, port=port)


def check(
    raw: RawSettings,
    *,
    environ: Mapping[str, str],
    host: str | None = None,
    port: int | None = None,
) -> Settings:
    """Check a configuration and resolve its secrets.

    `host` and `port`, where given, stand above the file's own: whether a tenant may be open depends
    on where the gateway listens in the end. Raises ConfigError with everything that is wrong.
    """
    problems = Problems()
    top = Table("", raw.place, raw.document, problems)
    gateway = Table("gateway", f"{raw.place}: gateway", top.raw("gateway") or {}, problems)
    written_host = gateway.text("host") or DEFAULT_HOST
    written_port = gateway.integer("port", low=0, high=65535)
    bound_to = host or written_host
    tenants = _check_tenants(
        _tables(top, "tenant", "slug", raw.place, problems), environ, raw.folder, bound_to
    )
    # A slug counts as known even where its table is wrong elsewhere: one mistake, one message.
    slugs = _written_slugs(top.raw("tenant"))
    if not slugs:
        problems.add(raw.place, "there is no [[tenant]]")
    api_keys = _check_keys(_tables(top, "api_key", "name", raw.place, problems), slugs)
    default = gateway.text("default_tenant")
    if default is not None and default not in slugs:
        gateway.problem(f'default_tenant "{default}" is not the slug of a [[tenant]]')
    limits = _check_limits(
        Table("limits", f"{raw.place}: limits", top.raw("limits") or {}, problems)
    )
    transport = _check_transport(
        Table("transport", f"{raw.place}: transport", top.raw("transport") or {}, problems), gateway
    )
    problems.raise_any()
    settings = Settings(
        host=bound_to,
        port=port if port is not None else DEFAULT_PORT if written_port is None else written_port,
        tenants=tuple(tenants),
        api_keys=tuple(api_keys),
        default_tenant=default,
        limits=limits,
        transport=transport,
        path=raw.path,
    )
    return replace(settings, warnings=tuple(_unwise(settings)))


def _tables(top: Table, name: str, title: str, place: str, problems: Problems) -> list[Table]:
    """The tables of a `[[name]]`, each told by its title or else by its number."""
    values = top.raw(name)
    if values is None:
        return []
    if not isinstance(values, list):
        top.problem(f'"{name}" must be written as [[{name}]]')
        return []
    tables = []
    for number, value in enumerate(values, 1):
        called = value.get(title) if isinstance(value, Mapping) else None
        told = f'"{called}"' if isinstance(called, str) and called else str(number)
        tables.append(Table(name, f"{place}: {name} {told}", value, problems))
    return tables


def _written_slugs(tables: Any) -> set[str]:
    rows = tables if isinstance(tables, list) else []
    return {str(row["slug"]) for row in rows if isinstance(row, Mapping) and "slug" in row}


def _check_tenants(
    tables: Iterable[Table], environ: Mapping[str, str], folder: Path, bound_to: str
) -> list[TenantSettings]:
    found: list[TenantSettings] = []
    slugs: set[str] = set()
    hosts: dict[str, str] = {}
    for table in tables:
        slug = table.text("slug", required=True)
        if slug is not None and not _SLUG.fullmatch(slug):
            table.problem('"slug" may hold only a-z, 0-9 and "-"')
        elif slug in slugs:
            table.problem("another tenant has the same slug")
        slugs.add(slug or "")
        own_hosts = _check_hosts(table)
        for host in own_hosts:
            if hosts.setdefault(host, table.place) != table.place:
                table.problem(f'host "{host}" belongs to another tenant too')
        vendor = table.choice("vendor", list(Vendor), required=True)
        base_url = _check_base_url(table, vendor)
        credentials = _check_credentials(table, vendor, environ, folder)
        name = table.text("name") or slug
        time_zone = _check_time_zone(table)
        access = _check_access(table, bound_to)
        if slug and name and vendor and base_url and credentials and access:
            found.append(
                TenantSettings(
                    slug=slug,
                    name=name,
                    vendor=Vendor(vendor),
                    base_url=base_url,
                    credentials=credentials,
                    hosts=frozenset(own_hosts),
                    time_zone=time_zone,
                    access=access,
                )
            )
    return found


def _check_hosts(table: Table) -> list[str]:
    names = []
    for written in table.texts("hosts") or ():
        name = written.strip().lower().removesuffix(".")
        if _HOST.fullmatch(name):
            names.append(name)
        else:
            table.problem(f'host "{written}" must be a name alone, without scheme, port and path')
    return names


def _check_base_url(table: Table, vendor: str | None) -> str | None:
    """The address without a slash at its end; None where it would not do."""
    written = table.text("base_url", required=True)
    if written is None:
        return None
    complaint = _mend_url(written, vendor)
    if complaint:
        table.problem(f'"base_url" {complaint}')
        return None
    return written.rstrip("/")


def _mend_url(written: str, vendor: str | None) -> str | None:
    """What has to change before the address can be used. Never repeats it: it may hold secrets."""
    try:
        url = urlsplit(written)
        _ = url.port
    except ValueError:
        return "is not a URL"
    if url.scheme not in ("http", "https") or not url.hostname:
        return "must begin with https:// and name a host"
    if url.username is not None or url.password is not None:
        return 'must hold no user name or password; they belong in "credentials"'
    if url.query or url.fragment or "?" in written or "#" in written:
        return "must hold no query and no fragment"
    if any(character.isspace() or ord(character) < 32 for character in written):
        return "must hold no spaces"
    if url.scheme == "http" and not is_loopback(url.hostname):
        return "must begin with https://; http:// is allowed on this machine's loopback only"
    if vendor == Vendor.CANVAS and url.path.rstrip("/").endswith("/api/v1"):
        return "of Canvas ends before /api/v1"
    return None


def _check_credentials(
    table: Table, vendor: str | None, environ: Mapping[str, str], folder: Path
) -> Credentials | None:
    written = table.raw("credentials")
    if written is None:
        table.problem('"credentials" is missing')
        return None
    if not isinstance(written, Mapping):
        table.problem('"credentials" must be a table, e.g. { kind = "…", … }')
        return None
    if vendor is None:
        return None
    kinds = CREDENTIALS[Vendor(vendor)]
    kind = written.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        known = " or ".join(f'"{known}"' for known in kinds)
        table.problem(f'credentials: "kind" must be {known} for {vendor}')
        return None
    inner = table.table("credentials", f"credentials.{kind}")
    if inner is None:
        return None
    return _build_credentials(inner, kinds[kind], environ, folder)


def _build_credentials(
    table: Table,
    build: type[Credentials],
    environ: Mapping[str, str],
    folder: Path,
) -> Credentials | None:
    """One secret for each field of the credentials' type; those with a default are optional."""
    secrets: dict[str, Secret | None] = {}
    whole = True
    for part in fields(build):
        optional = part.default is None
        secret = table.secret(part.name, environ=environ, folder=folder, required=not optional)
        secrets[part.name] = secret
        whole = whole and (secret is not None or (optional and part.name not in table))
    if build is SchoologyOAuth1 and ("token" in table) != ("token_secret" in table):
        table.problem('"token" and "token_secret" come together')
        return None
    make: Callable[..., Credentials] = build
    return make(**secrets) if whole else None


def _check_time_zone(table: Table) -> str | None:
    name = table.text("time_zone")
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.problem(f'time_zone "{name}" is not an IANA name such as "America/Denver"')
        return None
    return name


def _check_access(table: Table, bound_to: str) -> Access | None:
    if "access" not in table:
        return Access.KEY
    word = table.choice("access", list(Access), later=("jwt", "passthrough"))
    if word is None:
        return None
    if word == Access.OPEN and not is_loopback(bound_to):
        table.problem(
            f'access "open" is refused while the gateway listens on {bound_to}: '
            "it is for loopback only"
        )
        return None
    return Access(word)


def _check_keys(tables: Iterable[Table], slugs: set[str]) -> list[ApiKey]:
    found: list[ApiKey] = []
    names: set[str] = set()
    hashes: set[str] = set()
    for table in tables:
        name = table.text("name", required=True)
        if name is not None and name in names:
            table.problem("another API key has the same name")
        names.add(name or "")
        sha256 = table.text("sha256", required=True)
        if sha256 is not None and not _SHA256.fullmatch(sha256):
            table.problem(
                '"sha256" must be 64 hexadecimal digits; `lms-gateway key new` prints them'
            )
            sha256 = None
        elif sha256 is not None and sha256.lower() in hashes:
            table.problem("another API key has the same sha256")
        hashes.add((sha256 or "").lower())
        tenants = _check_key_tenants(table, slugs)
        scopes = _check_scopes(table)
        expires = table.day("expires")
        if name and sha256 and tenants and scopes:
            found.append(
                ApiKey(
                    name=name,
                    sha256=bytes.fromhex(sha256),
                    tenants=frozenset(tenants),
                    scopes=scopes,
                    expires=expires,
                )
            )
    return found


def _check_key_tenants(table: Table, slugs: set[str]) -> Sequence[str]:
    tenants = table.texts("tenants", required=True)
    if tenants is None:
        return ()
    if not tenants:
        table.problem('"tenants" must name at least one tenant')
    for slug in tenants:
        if slug not in slugs:
            table.problem(f'"tenants" names "{slug}", which is not the slug of a [[tenant]]')
    return tenants


def _check_scopes(table: Table) -> frozenset[Scope]:
    written = table.texts("scopes", required=True)
    if written is None:
        return frozenset()
    if not written:
        table.problem('"scopes" must name at least one scope')
    known = [str(scope) for scope in Scope]
    for word in written:
        if word not in known:
            table.problem(f'unknown scope "{word}" (known: {", ".join(known)})')
    return frozenset(Scope(word) for word in written if word in known)


def _check_limits(table: Table) -> Limits:
    usual = Limits()
    return Limits(
        max_body_bytes=table.integer("max_body_bytes", low=1024, high=1 << 30)
        or usual.max_body_bytes,
        max_depth=table.integer("max_depth", low=1, high=1000) or usual.max_depth,
        max_aliases=table.integer("max_aliases", low=1, high=1_000_000) or usual.max_aliases,
        max_tokens=table.integer("max_tokens", low=1, high=10_000_000) or usual.max_tokens,
        request_timeout=table.seconds("request_timeout", high=3600) or usual.request_timeout,
        drain_timeout=table.seconds("drain_timeout", high=3600) or usual.drain_timeout,
        in_flight_per_credential=table.integer("in_flight_per_credential", low=1, high=1000)
        or usual.in_flight_per_credential,
    )


def _check_transport(table: Table, gateway: Table) -> TransportSettings:
    """What `[transport]` says, whose kind may also stand in `[gateway]` by itself."""
    usual = TransportSettings()
    kind = table.choice("kind", TRANSPORTS)
    short = gateway.choice("transport", TRANSPORTS)
    if "kind" in table and "transport" in gateway:
        gateway.problem('"transport" is given already, as "kind" in [transport]')
    return TransportSettings(
        kind=kind or short or usual.kind,
        connections=table.integer("connections", low=1, high=10_000) or usual.connections,
    )


def _unwise(settings: Settings) -> Iterable[str]:
    """What an operator should know of a configuration that holds."""
    keyed = {slug for key in settings.api_keys for slug in key.tenants}
    for tenant in settings.tenants:
        for part in fields(tenant.credentials):
            secret = getattr(tenant.credentials, part.name)
            if secret is not None and secret.is_literal:
                yield (
                    f'tenant "{tenant.slug}": {part.name} stands in the file itself; '
                    'use { env = "…" } or { file = "…" } outside of trials'
                )
        if tenant.vendor is Vendor.SCHOOLOGY and not tenant.base_url.endswith("/v1"):
            yield f'tenant "{tenant.slug}": Schoology\'s base_url usually ends with /v1'
        if tenant.access is Access.KEY and tenant.slug not in keyed:
            yield f'tenant "{tenant.slug}": no [[api_key]] names it, so nobody may use it'
