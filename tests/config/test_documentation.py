"""The configuration page and the example agree with the code."""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from lms_gateway.config import LimitSettings, load
from lms_gateway.config.settings import CREDENTIALS, LIMITS
from lms_gateway.config.toml_table import RESERVED_KEYS, TABLE_KEYS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text()

SECTIONS: Mapping[str, str] = {
    "gateway": "## `[gateway]`",
    "tenant": "## `[[tenant]]`",
    "credentials.token": '### `kind = "token"` (Canvas)',
    "credentials.oauth2": '### `kind = "oauth2"` (Canvas)',
    "credentials.oauth1": '### `kind = "oauth1"` (Schoology)',
    "secret": "## Secrets",
    "api_key": "## `[[api_key]]`",
    "limits": "## `[limits]`",
    "transport": "## `[transport]`",
}


def rows_below(heading: str) -> dict[str, str]:
    """Return the table below a heading: first cell → second cell."""
    text = PAGE.partition(f"\n{heading}\n")[2]
    section = re.split(r"^#+ ", text, maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, flags=re.MULTILINE))


def test_every_table_has_a_section_on_the_page() -> None:
    assert set(SECTIONS) | {""} == set(TABLE_KEYS)


def test_the_page_has_exactly_the_keys_of_each_table() -> None:
    for name, heading in SECTIONS.items():
        assert list(rows_below(heading)) == list(TABLE_KEYS[name]), heading


def test_the_page_has_the_default_limits() -> None:
    defaults = {key: float(cell.strip("`")) for key, cell in rows_below("## `[limits]`").items()}
    limits = LimitSettings()
    assert defaults == {key: getattr(limits, field) for key, (field, _, _) in LIMITS.items()}
    assert [field for field, _, _ in LIMITS.values()] == [field.name for field in fields(limits)]


def test_the_page_has_the_reserved_names() -> None:
    section = PAGE.partition("## Reserved names")[2].partition("\n## ")[0]
    for names in RESERVED_KEYS.values():
        for name in names:
            assert re.search(rf"`\[*{name}\]*`", section), name


def test_the_keys_of_credentials_are_the_fields_of_their_types() -> None:
    for kinds in CREDENTIALS.values():
        for kind, build in kinds.items():
            assert TABLE_KEYS[f"credentials.{kind}"] == (
                "kind",
                *(part.name for part in fields(build)),
            )


def test_the_example_is_valid() -> None:
    environ = {"MAPLE_CANVAS_TOKEN": "a", "LAKESIDE_KEY": "b", "LAKESIDE_SECRET": "c"}
    settings = load(ROOT / "examples" / "gateway.toml", environ=environ)
    assert [tenant.slug for tenant in settings.tenants] == ["maple", "lakeside"]
    assert settings.warnings == ()
