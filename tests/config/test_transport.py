"""`[transport]`, and `transport` in `[gateway]`."""

from pathlib import Path

import pytest

from lms_gateway.config import ConfigError, Settings, TransportSettings, parse, validate
from lms_gateway.config.settings import TRANSPORTS

TENANT = """
[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "https://maple.example"
credentials = { kind = "token", token = "a" }
"""


def read(text: str) -> Settings:
    raw = parse(text + TENANT, source="gateway.toml", folder=Path())
    return validate(raw, environ={})


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read(text)
    return list(raised.value.problems)


def test_the_default_kind_is_auto() -> None:
    assert read("").transport == TransportSettings(kind="auto", connections=100)


@pytest.mark.parametrize("kind", TRANSPORTS)
def test_the_kind_can_be_in_either_table(kind: str) -> None:
    table = read(f'[transport]\nkind = "{kind}"\n').transport
    assert table == read(f'[gateway]\ntransport = "{kind}"\n').transport
    assert table == TransportSettings(kind=kind)


def test_the_kind_and_other_keys_can_be_in_different_tables() -> None:
    text = '[gateway]\ntransport = "httpx"\n[transport]\nconnections = 7\n'
    assert read(text).transport == TransportSettings(kind="httpx", connections=7)


def test_a_kind_in_both_tables_is_rejected() -> None:
    text = '[gateway]\ntransport = "asyncio"\n[transport]\nkind = "asyncio"\n'
    (found,) = problems(text)
    assert found.endswith('gateway: "transport" must not be given together with "kind" in [transport]')


@pytest.mark.parametrize("place", ['[transport]\nkind = "{}"\n', '[gateway]\ntransport = "{}"\n'])
def test_an_unknown_kind_is_rejected_with_the_known_kinds(place: str) -> None:
    (found,) = problems(place.format("curl"))
    assert found.endswith('"curl" (known: "auto", "httpx", "asyncio")')


@pytest.mark.parametrize("line", ["connections = 0", "connections = true", 'connections = "9"'])
def test_the_number_of_connections_is_positive(line: str) -> None:
    (found,) = problems(f"[transport]\n{line}\n")
    assert found.endswith('transport: "connections" must be a whole number from 1 to 10000')
