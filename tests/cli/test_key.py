"""`lms-gateway key new`: its output accepts the key, and invalid arguments are rejected."""

from pathlib import Path

import pytest

from lms_gateway.cli import main
from lms_gateway.config import Settings, parse, validate
from lms_gateway.domain.access import Scope
from lms_gateway.domain.errors import Unauthenticated
from lms_gateway.tenancy import Tenants
from tests.tenancy.schools import make_tenant

SCHOOLS = """
[[tenant]]
slug = "maple"
vendor = "canvas"
base_url = "https://maple.example"
credentials = { kind = "token", token = "a" }
[[tenant]]
slug = "lakeside"
vendor = "canvas"
base_url = "https://lakeside.example"
credentials = { kind = "token", token = "b" }
"""


def new_key(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, Settings]:
    """Run the command; return the key, and a configuration with the printed lines."""
    assert main(["key", "new", *arguments]) == 0
    shown = capsys.readouterr().out
    lines = shown[shown.index("[[api_key]]") :]
    assert shown.count("lgw_") == 1
    key = next(word for word in shown.split() if word.startswith("lgw_"))
    return key, validate(parse(SCHOOLS + lines, source="g", folder=Path()), environ={})


@pytest.mark.parametrize("name", ["frontend", 'the "front"\\end', "Zoë's 🗝"])
def test_the_printed_lines_accept_the_key(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    key, settings = new_key(
        capsys, name, "--tenant", "maple", "lakeside", "--scope", "write", "read",
        "--expires", "9999-12-31",
    )  # fmt: skip
    tenants = Tenants([make_tenant("maple"), make_tenant("lakeside")], keys=settings.api_keys)
    caller = tenants.authenticate(f"Bearer {key}")
    assert caller.name == name
    assert caller.tenants == {"maple", "lakeside"}
    assert caller.scopes == {Scope.READ, Scope.WRITE}
    assert settings.api_keys[0].expires is not None
    with pytest.raises(Unauthenticated):
        tenants.authenticate(f"Bearer {key}x")


def test_a_key_has_the_read_scope_and_no_expiry_by_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, settings = new_key(capsys, "frontend", "--tenant", "maple", "--tenant", "maple")
    (entry,) = settings.api_keys
    assert entry.scopes == {Scope.READ}
    assert entry.tenants == {"maple"}
    assert entry.expires is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["x", "--tenant", "Maple"],
        ["  ", "--tenant", "maple"],
        ["a\nb", "--tenant", "maple"],
        ["x", "--tenant", "maple", "--expires", "2020-01-01"],
    ],
)
def test_invalid_arguments_create_no_key(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", "new", *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err != ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["x"],
        ["x", "--tenant", "maple", "--scope", "reed"],
        ["x", "--tenant", "maple", "--expires", "soon"],
    ],
)
def test_an_invalid_command_line_exits_with_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["key", "new", *arguments])
    assert ended.value.code == 2
