"""Validation rules of the configuration."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lms_gateway.config.errors import ConfigProblems
from lms_gateway.config.loading import RawSettings, read
from lms_gateway.config.settings import (
    CREDENTIALS,
    LIMITS,
    TRANSPORTS,
    Credentials,
    LimitSettings,
    SchoologyOAuth1,
    Secret,
    Settings,
    TenantSettings,
    TransportSettings,
    is_loopback,
)
from lms_gateway.config.toml_table import TomlTable
from lms_gateway.domain.access import Access, ApiKey, Scope
from lms_gateway.domain.record import Vendor

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000

_SLUG = re.compile(r"[a-z0-9-]+")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\]")


def load(
    path: Path, *, environ: Mapping[str, str], host: str | None = None, port: int | None = None
) -> Settings:
    """Return the settings of a file. Raises ConfigError with all problems."""
    return validate(read(path), environ=environ, host=host, port=port)


def validate(
    raw: RawSettings, *, environ: Mapping[str, str], host: str | None = None, port: int | None = None
) -> Settings:
    """Validate a configuration and resolve its secrets.

    `host` and `port` override those of the file. Open tenants are allowed on a loopback host only,
    so the effective host must be known here. Raises ConfigError with all problems.
    """
    problems = ConfigProblems()
    root = TomlTable("", raw.source, raw.document, problems)
    gateway = root.section("gateway")
    file_host = gateway.text("host") or DEFAULT_HOST
    file_port = gateway.integer("port", minimum=0, maximum=65535)
    bind_host = host or file_host
    tenants = _validate_tenants(root.tables("tenant", "slug"), environ, raw.folder, bind_host)
    # A slug of an otherwise invalid table counts as known: one mistake, one message.
    slugs = _declared_slugs(root.raw("tenant"))
    if not slugs:
        problems.add(raw.source, "there is no [[tenant]]")
    api_keys = _validate_api_keys(root.tables("api_key", "name"), slugs)
    default_tenant = gateway.text("default_tenant")
    if default_tenant is not None and default_tenant not in slugs:
        gateway.add_problem(f'default_tenant "{default_tenant}" is not the slug of a [[tenant]]')
    limits = _validate_limits(root.section("limits"))
    transport = _validate_transport(root.section("transport"), gateway)
    problems.raise_if_any()
    settings = Settings(
        host=bind_host,
        port=port if port is not None else DEFAULT_PORT if file_port is None else file_port,
        tenants=tuple(tenants),
        api_keys=tuple(api_keys),
        default_tenant=default_tenant,
        limits=limits,
        transport=transport,
        path=raw.path,
    )
    return replace(settings, warnings=tuple(_warnings(settings)))


def _declared_slugs(value: Any) -> set[str]:
    rows = value if isinstance(value, list) else []
    return {str(row["slug"]) for row in rows if isinstance(row, Mapping) and "slug" in row}


def _validate_tenants(
    tables: Iterable[TomlTable], environ: Mapping[str, str], folder: Path, bind_host: str
) -> list[TenantSettings]:
    tenants: list[TenantSettings] = []
    slugs: set[str] = set()
    hosts: dict[str, str] = {}
    for table in tables:
        slug = table.text("slug", required=True)
        if slug is not None and not _SLUG.fullmatch(slug):
            table.add_problem('"slug" may contain only a-z, 0-9 and "-"')
        elif slug in slugs:
            table.add_problem("another tenant has the same slug")
        slugs.add(slug or "")
        tenant_hosts = _validate_hosts(table)
        for host in tenant_hosts:
            if hosts.setdefault(host, table.source) != table.source:
                table.add_problem(f'host "{host}" belongs to another tenant too')
        vendor = table.choice("vendor", list(Vendor), required=True)
        base_url = _validate_base_url(table, vendor)
        credentials = _validate_credentials(table, vendor, environ, folder)
        name = table.text("name") or slug
        time_zone = _validate_time_zone(table)
        access = _validate_access(table, bind_host)
        if slug and name and vendor and base_url and credentials and access:
            tenants.append(
                TenantSettings(
                    slug=slug,
                    name=name,
                    vendor=Vendor(vendor),
                    base_url=base_url,
                    credentials=credentials,
                    hosts=frozenset(tenant_hosts),
                    time_zone=time_zone,
                    access=access,
                )
            )
    return tenants


def _validate_hosts(table: TomlTable) -> list[str]:
    names = []
    for value in table.texts("hosts") or ():
        name = value.strip().lower().removesuffix(".")
        if _HOST.fullmatch(name):
            names.append(name)
        else:
            table.add_problem(f'host "{value}" must be a host name without scheme, port and path')
    return names


def _validate_base_url(table: TomlTable, vendor: str | None) -> str | None:
    """Return the base URL without a trailing slash; None if it is invalid."""
    value = table.text("base_url", required=True)
    if value is None:
        return None
    problem = _url_problem(value, vendor)
    if problem:
        table.add_problem(f'"base_url" {problem}')
        return None
    return value.rstrip("/")


def _url_problem(value: str, vendor: str | None) -> str | None:
    """Return the problem of a base URL, else None. It may contain secrets: never repeat it."""
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError:
        return "is not a URL"
    if url.scheme not in ("http", "https") or not url.hostname:
        return "must begin with https:// and contain a host"
    if url.username is not None or url.password is not None:
        return 'must not contain a user name or password; they belong in "credentials"'
    if url.query or url.fragment or "?" in value or "#" in value:
        return "must not contain a query or fragment"
    if any(character.isspace() or ord(character) < 32 for character in value):
        return "must not contain spaces"
    if url.scheme == "http" and not is_loopback(url.hostname):
        return "must begin with https://; http:// is allowed on loopback only"
    if vendor == Vendor.CANVAS and url.path.rstrip("/").endswith("/api/v1"):
        return "of Canvas must not include /api/v1"
    return None


def _validate_credentials(
    table: TomlTable, vendor: str | None, environ: Mapping[str, str], folder: Path
) -> Credentials | None:
    value = table.raw("credentials")
    if value is None:
        table.add_problem('"credentials" is missing')
        return None
    if not isinstance(value, Mapping):
        table.add_problem('"credentials" must be a table, e.g. { kind = "…", … }')
        return None
    if vendor is None:
        return None
    kinds = CREDENTIALS[Vendor(vendor)]
    kind = value.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        known_kinds = " or ".join(f'"{name}"' for name in kinds)
        table.add_problem(f'credentials: "kind" must be {known_kinds} for {vendor}')
        return None
    credentials_table = table.table("credentials", f"credentials.{kind}")
    if credentials_table is None:
        return None
    return _build_credentials(credentials_table, kinds[kind], environ, folder)


def _build_credentials(
    table: TomlTable, credentials_type: type[Credentials], environ: Mapping[str, str], folder: Path
) -> Credentials | None:
    """Return credentials with one secret per field; fields with a default are optional."""
    secrets: dict[str, Secret | None] = {}
    is_complete = True
    for secret_field in fields(credentials_type):
        is_optional = secret_field.default is None
        secret = table.secret(secret_field.name, environ=environ, folder=folder, required=not is_optional)
        secrets[secret_field.name] = secret
        is_complete = is_complete and (secret is not None or (is_optional and secret_field.name not in table))
    if credentials_type is SchoologyOAuth1 and ("token" in table) != ("token_secret" in table):
        table.add_problem('"token" and "token_secret" must be given together')
        return None
    construct: Callable[..., Credentials] = credentials_type
    return construct(**secrets) if is_complete else None


def _validate_time_zone(table: TomlTable) -> str | None:
    name = table.text("time_zone")
    if name is None:
        return None
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.add_problem(f'time_zone "{name}" is not an IANA name such as "America/Denver"')
        return None
    return name


def _validate_access(table: TomlTable, bind_host: str) -> Access | None:
    if "access" not in table:
        return Access.KEY
    value = table.choice("access", list(Access), reserved=("jwt", "passthrough"))
    if value is None:
        return None
    if value == Access.OPEN and not is_loopback(bind_host):
        table.add_problem(
            f'access "open" is allowed on loopback only, but the gateway listens on {bind_host}'
        )
        return None
    return Access(value)


def _validate_api_keys(tables: Iterable[TomlTable], slugs: set[str]) -> list[ApiKey]:
    api_keys: list[ApiKey] = []
    names: set[str] = set()
    hashes: set[str] = set()
    for table in tables:
        name = table.text("name", required=True)
        if name is not None and name in names:
            table.add_problem("another API key has the same name")
        names.add(name or "")
        sha256 = table.text("sha256", required=True)
        if sha256 is not None and not _SHA256.fullmatch(sha256):
            table.add_problem('"sha256" must be 64 hexadecimal digits; `lms-gateway key new` prints them')
            sha256 = None
        elif sha256 is not None and sha256.lower() in hashes:
            table.add_problem("another API key has the same sha256")
        hashes.add((sha256 or "").lower())
        tenants = _validate_key_tenants(table, slugs)
        scopes = _validate_scopes(table)
        expires = table.day("expires")
        if name and sha256 and tenants and scopes:
            api_keys.append(
                ApiKey(
                    name=name,
                    sha256=bytes.fromhex(sha256),
                    tenants=frozenset(tenants),
                    scopes=scopes,
                    expires=expires,
                )
            )
    return api_keys


def _validate_key_tenants(table: TomlTable, slugs: set[str]) -> Sequence[str]:
    tenants = table.texts("tenants", required=True)
    if tenants is None:
        return ()
    if not tenants:
        table.add_problem('"tenants" must name at least one tenant')
    for slug in tenants:
        if slug not in slugs:
            table.add_problem(f'"tenants" names "{slug}", which is not the slug of a [[tenant]]')
    return tenants


def _validate_scopes(table: TomlTable) -> frozenset[Scope]:
    values = table.texts("scopes", required=True)
    if values is None:
        return frozenset()
    if not values:
        table.add_problem('"scopes" must name at least one scope')
    known = [str(scope) for scope in Scope]
    for value in values:
        if value not in known:
            table.add_problem(f'unknown scope "{value}" (known: {", ".join(known)})')
    return frozenset(Scope(value) for value in values if value in known)


def _validate_limits(table: TomlTable) -> LimitSettings:
    given: dict[str, Any] = {}
    for key, (field, minimum, maximum) in LIMITS.items():
        value = (
            table.seconds(key, maximum=maximum)
            if isinstance(getattr(LimitSettings(), field), float)
            else table.integer(key, minimum=minimum, maximum=maximum)
        )
        if value is not None:
            given[field] = value
    return LimitSettings(**given)


def _validate_transport(table: TomlTable, gateway: TomlTable) -> TransportSettings:
    """Return the settings of `[transport]`; its kind may be in `[gateway]` instead."""
    defaults = TransportSettings()
    kind = table.choice("kind", TRANSPORTS)
    gateway_kind = gateway.choice("transport", TRANSPORTS)
    if "kind" in table and "transport" in gateway:
        gateway.add_problem('"transport" must not be given together with "kind" in [transport]')
    return TransportSettings(
        kind=kind or gateway_kind or defaults.kind,
        connections=table.integer("connections", minimum=1, maximum=10_000) or defaults.connections,
    )


def _warnings(settings: Settings) -> Iterable[str]:
    """Yield messages about risky settings."""
    slugs_with_keys = {slug for key in settings.api_keys for slug in key.tenants}
    for tenant in settings.tenants:
        for secret_field in fields(tenant.credentials):
            secret = getattr(tenant.credentials, secret_field.name)
            if secret is not None and secret.is_literal:
                yield (
                    f'tenant "{tenant.slug}": {secret_field.name} is in the file itself; '
                    'use { env = "…" } or { file = "…" } in production'
                )
        if tenant.vendor is Vendor.SCHOOLOGY and not tenant.base_url.endswith("/v1"):
            yield f'tenant "{tenant.slug}": Schoology\'s base_url usually ends with /v1'
        if tenant.access is Access.KEY and tenant.slug not in slugs_with_keys:
            yield f'tenant "{tenant.slug}": no [[api_key]] names it, so it is not accessible'
