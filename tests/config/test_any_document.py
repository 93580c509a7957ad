"""Any document yields either settings or a list of problems."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lms_gateway.config import ConfigError, RawSettings, Settings, validate
from lms_gateway.config.toml_table import RESERVED_KEYS, TABLE_KEYS

WORDS = sorted({key for keys in (*TABLE_KEYS.values(), *RESERVED_KEYS.values()) for key in keys})
VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        (
            *("maple", "canvas", "schoology", "token", "oauth1", "open", "key", "read", "a" * 64),
            *("https://maple.example", "http://[::1]:1", "https://[", "127.0.0.1", "UTC", "\x00"),
        )
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
)
KEY_NAMES = st.sampled_from(WORDS) | st.text(max_size=8)
NESTED = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY_NAMES, inner, max_size=8),
    max_leaves=20,
)


def table_strategy(table: str, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return tables with valid keys and any values."""
    keys = {key: more.get(key, NESTED) for key in TABLE_KEYS[table]}
    return st.fixed_dictionaries({}, optional=keys)


CREDENTIALS = table_strategy("credentials.token") | table_strategy("credentials.oauth1") | NESTED
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "gateway": table_strategy("gateway") | NESTED,
        "tenant": st.lists(table_strategy("tenant", credentials=CREDENTIALS), max_size=3) | NESTED,
        "api_key": st.lists(table_strategy("api_key"), max_size=2) | NESTED,
        "limits": table_strategy("limits") | NESTED,
    },
)


@settings(max_examples=150)
@given(DOCUMENTS | st.dictionaries(KEY_NAMES, NESTED, max_size=5))
def test_a_document_is_settings_or_a_list_of_problems(document: Mapping[str, Any]) -> None:
    raw = RawSettings(document=document, source="g", folder=Path("/nowhere"))
    problems = problems_of(raw)
    assert all(problem.startswith("g: ") for problem in problems)


def problems_of(raw: RawSettings) -> tuple[str, ...]:
    """Return the problems of a document; none if it is valid."""
    try:
        read = validate(raw, environ={})
    except ConfigError as error:
        return error.problems or ("rejected without a problem",)
    assert isinstance(read, Settings)
    return ()
