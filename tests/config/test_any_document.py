"""Whatever a file says, it is either settings or a list of what is wrong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lms_gateway.config import ConfigError, RawSettings, Settings, check
from lms_gateway.config.tables import KEYS, RESERVED

WORDS = sorted({key for keys in (*KEYS.values(), *RESERVED.values()) for key in keys})
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
KEYS_ = st.sampled_from(WORDS) | st.text(max_size=8)
NESTED = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS_, inner, max_size=8),
    max_leaves=20,
)


def like(table: str, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Tables with the right keys and any values."""
    keys = {key: more.get(key, NESTED) for key in KEYS[table]}
    return st.fixed_dictionaries({}, optional=keys)


CREDENTIALS = like("credentials.token") | like("credentials.oauth1") | NESTED
DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "gateway": like("gateway") | NESTED,
        "tenant": st.lists(like("tenant", credentials=CREDENTIALS), max_size=3) | NESTED,
        "api_key": st.lists(like("api_key"), max_size=2) | NESTED,
        "limits": like("limits") | NESTED,
    },
)


@settings(max_examples=150)
@given(DOCUMENTS | st.dictionaries(KEYS_, NESTED, max_size=5))
def test_a_document_is_settings_or_a_list_of_problems(document: Mapping[str, Any]) -> None:
    raw = RawSettings(document=document, place="g", folder=Path("/nowhere"))
    problems = problems_of(raw)
    assert all(problem.startswith("g: ") for problem in problems)


def problems_of(raw: RawSettings) -> tuple[str, ...]:
    """What is wrong with a document; nothing where it makes settings."""
    try:
        read = check(raw, environ={})
    except ConfigError as error:
        return error.problems or ("it was refused for nothing",)
    assert isinstance(read, Settings)
    return ()
