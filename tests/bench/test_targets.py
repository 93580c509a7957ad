"""The servers that are measured are started as the page says."""

from pathlib import Path

import pytest

from bench.journeys import CLASSES, COURSE, SAME, Speech, class_tenant, request
from bench.targets import GATEWAY, Place, configuration, targets
from lms_gateway.config import check, parse

ENVIRONMENT = {"BENCH_TOKEN": "token", "BENCH_SECRET": "secret"}


@pytest.mark.parametrize("tenants", [1, 3])
def test_the_gateways_configuration_holds(tenants: int) -> None:
    text = configuration("http://127.0.0.1:9100", "lgw_key", tenants)
    settings = check(parse(text, place="bench", folder=Path()), environ=ENVIRONMENT)
    slugs = {class_tenant(number) for number in range(tenants)}
    assert {tenant.slug for tenant in settings.tenants} == {"maple", *slugs}
    assert {key.tenants for key in settings.api_keys} == {frozenset({"maple", *slugs})}


def test_a_journey_of_many_tenants_asks_each_in_turn() -> None:
    paths = {request(CLASSES, Speech.GATEWAY, at).path for at in range(CLASSES.distinct)}
    assert len(paths) == CLASSES.tenants
    assert request(COURSE, Speech.GATEWAY, 5).path == "/graphql"


def test_every_server_is_told_its_place(tmp_path: Path) -> None:
    for target in targets():
        folder = tmp_path / target.name
        folder.mkdir()
        place = Place(9999, "http://127.0.0.1:9100", folder, tmp_path / "authority.pem")
        command = target.command(place)
        told = " ".join([*command.line, *command.env.values()])
        assert "9999" in told
        if target.name == GATEWAY:
            told += (folder / "gateway.toml").read_text()
        assert "http://127.0.0.1:9100" in told


def test_each_call_makes_a_key_of_its_own() -> None:
    keys = {targets()[0].headers["Authorization"] for _ in range(3)}
    assert len(keys) == 3


def test_the_static_server_is_asked_one_journey_only() -> None:
    (static,) = [target for target in targets() if target.only is not None]
    assert static.takes(COURSE)
    assert not static.takes(SAME)
