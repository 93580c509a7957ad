"""The commands and configuration of the measured servers."""

from pathlib import Path

import pytest

from bench.journeys import (
    COURSE,
    SAME_COURSE,
    SCHOOLOGY_SECTIONS,
    ServerKind,
    make_request,
    schoology_tenant_slug,
)
from bench.targets import GATEWAY, ServerEnvironment, configuration, targets
from lms_gateway.config import parse, validate

ENVIRONMENT = {"BENCH_TOKEN": "token", "BENCH_SECRET": "secret"}


@pytest.mark.parametrize("tenants", [1, 3])
def test_the_gateway_configuration_is_valid(tenants: int) -> None:
    text = configuration("http://127.0.0.1:9100", "lgw_key", tenants)
    settings = validate(parse(text, source="bench", folder=Path()), environ=ENVIRONMENT)
    slugs = {schoology_tenant_slug(number) for number in range(tenants)}
    assert {tenant.slug for tenant in settings.tenants} == {"maple", *slugs}
    assert {key.tenants for key in settings.api_keys} == {frozenset({"maple", *slugs})}


def test_a_journey_of_many_tenants_requests_each_in_turn() -> None:
    paths = {
        make_request(SCHOOLOGY_SECTIONS, ServerKind.GATEWAY, number).path
        for number in range(SCHOOLOGY_SECTIONS.distinct_count)
    }
    assert len(paths) == SCHOOLOGY_SECTIONS.tenant_count
    assert make_request(COURSE, ServerKind.GATEWAY, 5).path == "/graphql"


def test_every_command_contains_its_port_and_vendor(tmp_path: Path) -> None:
    for target in targets():
        folder = tmp_path / target.name
        folder.mkdir()
        place = ServerEnvironment(9999, "http://127.0.0.1:9100", folder, tmp_path / "authority.pem")
        command = target.command(place)
        text = " ".join([*command.arguments, *command.env.values()])
        assert "9999" in text
        if target.name == GATEWAY:
            text += (folder / "gateway.toml").read_text()
        assert "http://127.0.0.1:9100" in text


def test_each_call_creates_a_new_key() -> None:
    keys = {targets()[0].headers["Authorization"] for _ in range(3)}
    assert len(keys) == 3


def test_the_static_server_runs_one_journey_only() -> None:
    (static,) = [target for target in targets() if target.only is not None]
    assert static.runs(COURSE)
    assert not static.runs(SAME_COURSE)
