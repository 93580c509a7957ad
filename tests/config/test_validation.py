"""Validation of a configuration, and its messages."""

import textwrap
from datetime import date
from pathlib import Path

import pytest

from lms_gateway.config import (
    CanvasOAuth2,
    CanvasToken,
    ConfigError,
    LimitSettings,
    SchoologyOAuth1,
    Settings,
    load,
    parse,
    validate,
)
from lms_gateway.domain.access import Access, Scope
from lms_gateway.domain.record import Vendor

ENVIRON = {"MAPLE_CANVAS_TOKEN": "s3cret-maple", "LAKESIDE_KEY": "lakeside-key", "EMPTY": ""}

MAPLE = """
[[tenant]]
slug = "maple"
name = "Maple University"
vendor = "canvas"
base_url = "https://maple.instructure.com/"
credentials = { kind = "token", token = { env = "MAPLE_CANVAS_TOKEN" } }
"""

LAKESIDE = """
[[tenant]]
slug = "lakeside"
name = "Lakeside High"
vendor = "schoology"
base_url = "https://api.schoology.com/v1"
credentials = { kind = "oauth1", consumer_key = { env = "LAKESIDE_KEY" }, consumer_secret = { file = "lakeside" } }
"""  # noqa: E501

KEY = f"""
[[api_key]]
name = "frontend"
sha256 = "{"9F" * 32}"
tenants = ["maple"]
scopes = ["read", "write"]
expires = 2027-08-01
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder of the configuration, with the secret file of Lakeside."""
    (tmp_path / "lakeside").write_text("s3cret-lakeside\n")
    return tmp_path


def settings(text: str, folder: Path = Path("."), **overrides: str | int) -> Settings:
    raw = parse(textwrap.dedent(text), source="gateway.toml", folder=folder)
    return validate(raw, environ=ENVIRON, **overrides)  # type: ignore[arg-type]


def problems(text: str, folder: Path = Path("."), **overrides: str | int) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        settings(text, folder, **overrides)
    return list(refused.value.problems)


def with_line(line: str, table: str = MAPLE) -> str:
    """Return a table with the line added, or replacing the line of its key."""
    name = line.partition("=")[0].strip()
    rows = [row for row in table.splitlines() if row.partition("=")[0].strip() != name]
    return "\n".join([*rows, line])


def test_a_whole_configuration_is_read(folder: Path) -> None:
    text = f"""
    [gateway]
    host = "127.0.0.2"
    port = 9000
    default_tenant = "maple"
    [limits]
    max_depth = 8
    request_timeout = 2.5
    {MAPLE}
    hosts = ["Maple.Gateway.example."]
    time_zone = "America/Denver"
    access = "open"
    {LAKESIDE}
    {KEY}
    """
    read = settings(text, folder)
    assert (read.host, read.port, read.default_tenant) == ("127.0.0.2", 9000, "maple")
    assert read.limits == LimitSettings(max_depth=8, request_timeout=2.5)
    maple, lakeside = read.tenants
    assert (maple.slug, maple.name, maple.vendor) == ("maple", "Maple University", Vendor.CANVAS)
    assert maple.base_url == "https://maple.instructure.com"
    assert isinstance(maple.credentials, CanvasToken)
    assert maple.credentials.token.reveal() == "s3cret-maple"
    assert maple.hosts == {"maple.gateway.example"}
    assert (maple.time_zone, maple.access) == ("America/Denver", Access.OPEN)
    assert lakeside.access is Access.KEY
    assert isinstance(lakeside.credentials, SchoologyOAuth1)
    assert lakeside.credentials.consumer_secret.reveal() == "s3cret-lakeside"
    assert lakeside.credentials.token is None
    (key,) = read.api_keys
    assert key.sha256 == bytes.fromhex("9f" * 32)
    assert (key.name, set(key.tenants)) == ("frontend", {"maple"})
    assert key.scopes == {Scope.READ, Scope.WRITE}
    assert key.expires == date(2027, 8, 1)


def test_missing_keys_have_defaults() -> None:
    read = settings(MAPLE)
    assert (read.host, read.port, read.default_tenant) == ("127.0.0.1", 8000, None)
    assert read.limits == LimitSettings()
    assert read.limits.max_body_bytes == 1024 * 1024


def test_host_and_port_of_the_command_line_override_the_file() -> None:
    read = settings('[gateway]\nhost = "0.0.0.0"\nport = 1\n' + MAPLE, host="::1", port=0)
    assert (read.host, read.port) == ("::1", 0)


def test_canvas_accepts_oauth2() -> None:
    line = 'credentials = { kind = "oauth2", client_id = "1", client_secret = "2", refresh_token = "3" }'
    (tenant,) = settings(with_line(line)).tenants
    assert isinstance(tenant.credentials, CanvasOAuth2)
    assert tenant.credentials.refresh_token.reveal() == "3"


def test_schoology_accepts_a_token_and_its_secret() -> None:
    line = (
        'credentials = { kind = "oauth1", consumer_key = "k", consumer_secret = "s",'
        ' token = "t", token_secret = "u" }'
    )
    (tenant,) = settings(with_line(line, LAKESIDE)).tenants
    assert isinstance(tenant.credentials, SchoologyOAuth1)
    assert tenant.credentials.token is not None
    assert tenant.credentials.token.reveal() == "t"


# -- secrets


def test_no_secret_is_in_the_repr_of_the_settings(folder: Path) -> None:
    literal = with_line('credentials = { kind = "token", token = "s3cret-literal" }')
    read = settings(literal + LAKESIDE, folder)
    for text in (repr(read), str(read), f"{read.tenants[0].credentials}", "".join(read.warnings)):
        assert "s3cret" not in text
        assert "lakeside-key" not in text


def test_a_literal_secret_causes_a_warning() -> None:
    read = settings(with_line('credentials = { kind = "token", token = "s3cret" }') + KEY)
    (warning,) = read.warnings
    assert warning.startswith('tenant "maple": token is in the file itself')


def test_secrets_from_environment_and_files_cause_no_warning(folder: Path) -> None:
    keyed = KEY.replace('["maple"]', '["maple", "lakeside"]')
    assert settings(MAPLE + LAKESIDE + keyed, folder).warnings == ()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ('{ env = "NOWHERE" }', "the environment variable NOWHERE is not set"),
        ('{ env = "EMPTY" }', '"token" (env EMPTY) is empty'),
        ('{ file = "none/there" }', "none/there cannot be read: No such file or directory"),
        ('{ file = "a\\u0000b" }', "cannot be read as UTF-8 text"),
        ('""', '"token" (literal) is empty'),
        ('"a\\nb"', "contains a newline or another control character"),
        ("5", 'must be { env = "…" }, { file = "…" } or a string'),
        ("{ }", 'must contain either "env" or "file"'),
        ('{ env = "A", file = "b" }', 'must contain either "env" or "file"'),
        ('{ envv = "A" }', 'unknown key "envv"; did you mean "env"?'),
    ],
)
def test_an_unavailable_secret_is_rejected(written: str, message: str) -> None:
    found = problems(with_line(f'credentials = {{ kind = "token", token = {written} }}'))
    assert any(message in problem for problem in found), found
    assert all(problem.startswith('gateway.toml: tenant "maple": credentials') for problem in found)


def test_a_rotated_secret_changes_the_tenant_settings() -> None:
    line = 'credentials = {{ kind = "token", token = "{}" }}'
    first, same, other = (settings(with_line(line.format(t))).tenants for t in ("a", "a", "b"))
    assert first == same
    assert first != other


# -- unknown keys


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            MAPLE.replace("base_url", "token_url"),
            'gateway.toml: tenant "maple": unknown key "token_url"; did you mean "base_url"?',
        ),
        (
            MAPLE + "[gatewai]",
            'gateway.toml: unknown key "gatewai"; did you mean "gateway"?',
        ),
        (
            MAPLE + "[gateway]\nprot = 1",
            'gateway.toml: gateway: unknown key "prot"; did you mean "port"?',
        ),
        (
            MAPLE + "[limits]\nmax_debth = 1",
            'gateway.toml: limits: unknown key "max_debth"; did you mean "max_depth"?',
        ),
        (
            MAPLE + KEY + 'scope = "read"',
            'gateway.toml: api_key "frontend": unknown key "scope"; did you mean "scopes"?',
        ),
        (
            with_line('credentials = { kind = "token", tokne = "a" }'),
            'gateway.toml: tenant "maple": credentials: unknown key "tokne"; did you mean "token"?',
        ),
        (MAPLE + "zzz = 1", 'gateway.toml: tenant "maple": unknown key "zzz"'),
    ],
)
def test_an_unknown_key_is_rejected_with_its_name_and_table(text: str, message: str) -> None:
    assert message in problems(text)


@pytest.mark.parametrize("name", ["jwt", "cors", "cache", "audit", "telemetry", "profile"])
def test_reserved_names_are_rejected(name: str) -> None:
    text = 'profile = "locked"\n' if name == "profile" else f"[{name}]\n"
    if name == "jwt":
        text = '[[jwt]]\nissuer = "https://id.example"\n'
    assert problems(text + MAPLE) == [f'gateway.toml: "{name}" is reserved for a later release']


def test_shared_state_is_rejected() -> None:
    text = '[gateway]\nshared_state = "redis://127.0.0.1"\n' + MAPLE
    assert problems(text) == ['gateway.toml: gateway: "shared_state" is reserved for a later release']


@pytest.mark.parametrize("access", ["jwt", "passthrough"])
def test_reserved_kinds_of_access_are_rejected(access: str) -> None:
    assert problems(with_line(f'access = "{access}"')) == [
        f'gateway.toml: tenant "maple": access "{access}" is reserved for a later release'
    ]


# -- rules


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('slug = "Maple"', '"slug" may contain only a-z, 0-9 and "-"'),
        ('slug = "ma/ple"', '"slug" may contain only a-z, 0-9 and "-"'),
        ("slug = 5", '"slug" must be a non-empty string'),
        ('vendor = "canvass"', 'unknown vendor "canvass"; did you mean "canvas"?'),
        ('vendor = "Moodle"', 'unknown vendor "Moodle" (known: "canvas", "schoology")'),
        ('access = "oppen"', 'unknown access "oppen"; did you mean "open"?'),
        ('time_zone = "Denver"', 'time_zone "Denver" is not an IANA name'),
        ('time_zone = "../../etc/passwd"', "is not an IANA name"),
        ('hosts = "maple.example"', '"hosts" must be a list of strings'),
        ('hosts = ["https://maple.example"]', "must be a host name"),
        ('hosts = ["maple.example:80"]', "must be a host name"),
        ('credentials = "s3cret"', '"credentials" must be a table'),
        ('credentials = { kind = "oauth1" }', '"kind" must be "token" or "oauth2" for canvas'),
        ("credentials = { }", '"kind" must be "token" or "oauth2" for canvas'),
        ('credentials = { kind = "token" }', '"token" is missing'),
        ('credentials = { kind = "oauth2", client_id = "1" }', '"refresh_token" is missing'),
    ],
)
def test_an_invalid_tenant_is_rejected(line: str, message: str) -> None:
    found = problems(with_line(line))
    assert any(message in problem for problem in found), found
    assert not any("s3cret" in problem for problem in found)


def test_schoology_rejects_a_canvas_token() -> None:
    found = problems(with_line('credentials = { kind = "token", token = "a" }', LAKESIDE))
    assert found == ['gateway.toml: tenant "lakeside": credentials: "kind" must be "oauth1" for schoology']


def test_a_schoology_token_needs_its_secret() -> None:
    line = 'credentials = { kind = "oauth1", consumer_key = "k", consumer_secret = "s", token = "t" }'
    (found,) = problems(with_line(line, LAKESIDE))
    assert found.endswith('"token" and "token_secret" must be given together')


@pytest.mark.parametrize("missing", ["slug", "vendor", "base_url", "credentials"])
def test_required_keys_of_a_tenant_are_reported(missing: str) -> None:
    text = "\n".join(row for row in MAPLE.splitlines() if not row.startswith(missing))
    assert any(problem.endswith(f'"{missing}" is missing') for problem in problems(text))


def test_the_default_name_of_a_tenant_is_its_slug() -> None:
    text = "\n".join(row for row in MAPLE.splitlines() if not row.startswith("name"))
    assert settings(text).tenants[0].name == "maple"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8001/canvas",
        "http://127.8.9.1",
        "http://localhost:8001",
        "http://[::1]:8001",
        "https://canvas.example/sub/path/",
    ],
)
def test_a_base_url_is_https_or_on_loopback(url: str) -> None:
    (tenant,) = settings(with_line(f'base_url = "{url}"')).tenants
    assert tenant.base_url == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://canvas.example", "http:// is allowed on loopback only"),
        ("http://127.0.0.1.example", "loopback only"),
        ("http://localhost.example", "loopback only"),
        ("http://0.0.0.0", "loopback only"),
        ("canvas.example", "must begin with https://"),
        ("ftp://canvas.example", "must begin with https://"),
        ("https://", "must begin with https://"),
        ("https://me:s3cret@canvas.example", "must not contain a user name or password"),
        ("https://canvas.example?token=s3cret", "must not contain a query"),
        ("https://canvas.example/#", "must not contain a query"),
        ("https://canvas.example:port", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://canvas.example/a b", "must not contain spaces"),
        ("https://canvas.example/api/v1/", "of Canvas must not include /api/v1"),
    ],
)
def test_an_invalid_base_url_is_rejected_without_repeating_it(url: str, message: str) -> None:
    (found,) = problems(with_line(f'base_url = "{url}"'))
    assert found.startswith('gateway.toml: tenant "maple": "base_url" ')
    assert message in found
    assert "s3cret" not in found


def test_slugs_are_unique(folder: Path) -> None:
    (found,) = problems(MAPLE + LAKESIDE.replace('"lakeside"\nname', '"maple"\nname'), folder)
    assert found == 'gateway.toml: tenant "maple": another tenant has the same slug'


def test_hosts_are_unique_in_any_case(folder: Path) -> None:
    text = with_line('hosts = ["Same.example"]') + with_line('hosts = ["same.example"]', LAKESIDE)
    assert problems(text, folder) == [
        'gateway.toml: tenant "lakeside": host "same.example" belongs to another tenant too'
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_open_tenants_are_allowed_on_loopback(host: str) -> None:
    (tenant,) = settings(with_line('access = "open"'), host=host).tenants
    assert tenant.access is Access.OPEN


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "gateway.example"])
def test_open_tenants_are_rejected_on_other_hosts(host: str) -> None:
    in_file = f'[gateway]\nhost = "{host}"\n' + with_line('access = "open"')
    for found in (problems(with_line('access = "open"'), host=host), problems(in_file)):
        assert found == [
            'gateway.toml: tenant "maple": access "open" is allowed on loopback only, '
            f"but the gateway listens on {host}"
        ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('sha256 = "abc"', '"sha256" must be 64 hexadecimal digits'),
        (f'sha256 = "{"zz" * 32}"', '"sha256" must be 64 hexadecimal digits'),
        ('tenants = ["nowhere"]', '"tenants" names "nowhere", which is not the slug'),
        ("tenants = []", '"tenants" must name at least one tenant'),
        ('tenants = "maple"', '"tenants" must be a list of strings'),
        ('scopes = ["red"]', 'unknown scope "red" (known: read, write, admin)'),
        ("scopes = []", '"scopes" must name at least one scope'),
        ('expires = "2027-08-01"', '"expires" must be a date without quotes'),
        ("expires = 2027-08-01T00:00:00Z", '"expires" must be a date without quotes'),
    ],
)
def test_an_invalid_api_key_is_rejected(line: str, message: str) -> None:
    (found,) = problems(MAPLE + with_line(line, KEY))
    assert found.startswith('gateway.toml: api_key "frontend": ')
    assert message in found


def test_names_and_hashes_of_api_keys_are_unique() -> None:
    assert problems(MAPLE + KEY + KEY) == [
        'gateway.toml: api_key "frontend": another API key has the same name',
        'gateway.toml: api_key "frontend": another API key has the same sha256',
    ]


@pytest.mark.parametrize(
    "line",
    [
        "max_depth = 0",
        "max_depth = true",
        'max_depth = "15"',
        "max_aliases = 1.5",
        "max_tokens = -1",
        "max_body_bytes = 10",
        "request_timeout = 0",
        "request_timeout = nan",
        "request_timeout = inf",
        "drain_timeout = true",
    ],
)
def test_limits_are_numbers_in_their_range(line: str) -> None:
    (found,) = problems(f"{MAPLE}[limits]\n{line}")
    assert found.startswith(f'gateway.toml: limits: "{line.split()[0]}" must be ')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "gateway.toml: there is no [[tenant]]"),
        ('[tenant]\nslug = "maple"', 'gateway.toml: "tenant" must be written as [[tenant]]'),
        ("tenant = [1]", "gateway.toml: tenant 1: must be a table"),
        ("gateway = 5\n" + MAPLE, "gateway.toml: gateway: must be a table"),
        (
            '[gateway]\ndefault_tenant = "oak"\n' + MAPLE,
            'gateway.toml: gateway: default_tenant "oak" is not the slug of a [[tenant]]',
        ),
        (
            "[gateway]\nport = 70000\n" + MAPLE,
            'gateway.toml: gateway: "port" must be a whole number from 0 to 65535',
        ),
    ],
)
def test_a_document_with_wrong_types_is_rejected(text: str, message: str) -> None:
    assert message in problems(text)


def test_all_problems_are_reported_together_and_once() -> None:
    text = MAPLE.replace("canvas", "kanvas", 1) + KEY + 'nmae = "x"\n[limits]\nmax_depth = "deep"'
    found = problems(text)
    assert len(found) == 3, found


def test_a_file_that_is_not_toml_is_rejected_with_the_line(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text("[gateway\n")
    with pytest.raises(ConfigError, match=r"gateway\.toml: .*line 1"):
        load(file, environ={})


def test_a_missing_file_is_rejected_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read: No such file"):
        load(tmp_path / "nowhere.toml", environ={})


def test_a_file_that_is_not_utf_8_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load(file, environ={})


def test_a_secret_file_is_relative_to_the_configuration(folder: Path) -> None:
    file = folder / "gateway.toml"
    file.write_text(LAKESIDE)
    (tenant,) = load(file, environ=ENVIRON).tenants
    assert isinstance(tenant.credentials, SchoologyOAuth1)
    assert tenant.credentials.consumer_secret.source == f"file {folder / 'lakeside'}"
