"""Documents beyond the limits are rejected before execution."""

import httpx2
import pytest
from graphql import GraphQLError, get_introspection_query

from lms_gateway.config import LimitSettings
from lms_gateway.schema.limits import parse_within_limits
from tests.web.small_schema import SmallGateway

LIMITS = LimitSettings(max_depth=6, max_aliases=5, max_tokens=2000)


def fragments(count: int, spreads: str) -> str:
    """Return a chain of fragments: each spreads the next, the last selects a field."""
    chain = [f"fragment F{n} on Query {{ {spreads.replace('NEXT', f'F{n + 1}')} }}" for n in range(count)]
    return "{ ...F0 } " + " ".join(chain) + f" fragment F{count} on Query {{ x: hello }}"


@pytest.mark.parametrize(
    "query",
    [
        "{ me { me { me { me { me { hello } } } } } }",
        "{ a: hello b: hello c: hello d: hello e: hello }",
        fragments(20, "...NEXT"),
        fragments(3, "me { ...NEXT }"),
        "{ ...Unknown }",
        "{ ...A } fragment A on Query { ...A }",
        get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True),
    ],
    ids=["depth", "aliases", "a chain", "a deep chain", "unknown", "a circle", "introspection"],
)
def test_a_document_within_the_limits_is_parsed(query: str) -> None:
    assert parse_within_limits(LIMITS, query).definitions


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{ me { me { me { me { me { me { hello } } } } } } }", "7 fields deep"),
        (fragments(6, "me { ...NEXT }"), "7 fields deep"),
        ("query A { hello } query B { me { me { me { me { me { me { hello } } } } } } }", "deep"),
        ("{ a: hello b: hello c: hello d: hello e: hello f: hello }", "5 aliases"),
        (fragments(3, "...NEXT ...NEXT"), "5 aliases"),
        (fragments(60, "...NEXT ...NEXT"), "5 aliases"),
        (fragments(65, "...NEXT"), "chain"),
        ("{ " + "hello " * 2000 + "}", "2000 tokens"),
        ("#\n" * 2001 + "{ hello }", "2000 tokens"),
        ("{ me " * 300 + "}" * 300, "nested too deeply"),
        ("{ by(ref: " + "[" * 300 + "]" * 300 + ") }", "nested too deeply"),
        (fragments(8, "... on Query { " * 120 + "...NEXT" + "}" * 120), "nested too deeply"),
    ],
)
def test_a_document_beyond_the_limits_is_too_complex(query: str, says: str) -> None:
    """Sixty fragments that each spread the next twice have 2^60 aliases, which are not expanded."""
    limits = LimitSettings(max_depth=6, max_aliases=5, max_tokens=10_000 if "... on" in query else 2000)

    with pytest.raises(GraphQLError) as raised:
        parse_within_limits(limits, query)

    assert says in raised.value.message
    assert (raised.value.extensions or {})["code"] == "QUERY_TOO_COMPLEX"


async def test_the_limits_are_those_of_the_configuration_in_force(
    client: httpx2.AsyncClient, gateway: SmallGateway
) -> None:
    """A reload changes them; the schema caches no limits."""
    body = {"query": "{ me { me { hello } } }"}
    before = await client.post("/graphql", json=body)
    gateway.limits = LimitSettings(max_depth=2)
    after = await client.post("/graphql", json=body)

    assert before.json()["data"] == {"me": {"me": {"hello": "hello world"}}}
    assert after.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert len(gateway.contexts) == 1


async def test_introspection_that_nests_without_end_is_refused(client: httpx2.AsyncClient) -> None:
    inner = "name"
    for _ in range(8):
        inner = f"fields {{ type {{ {inner} }} }}"
    response = await client.post("/graphql", json={"query": f"{{ __schema {{ types {{ {inner} }} }} }}"})

    assert response.json()["errors"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


INTROSPECTION = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    one_of=True,
    experimental_directive_deprecation=True,
)


@pytest.mark.parametrize(
    "query",
    [
        "{ " + " ".join(f"a{n}: __schema {{ types {{ ...T }} }}" for n in range(150)) + " }"
        " fragment T on __Type { fields { name type { name } args { name type { name } } } }",
        "{ __schema { types { fields { type { fields { "
        + " ".join(f"a{n}: name" for n in range(100))
        + " } } } } } }",
        INTROSPECTION
        + " query Again { ...A } fragment A on Query { "
        + "".join(f"a{n}: __schema {{ types {{ ...FullType }} }} " for n in range(8))
        + "}",
    ],
    ids=["again and again", "wide within", "by fragments"],
)
def test_introspection_cannot_repeat_the_schema_many_times(query: str) -> None:
    """Introspection needs no key and blocks the process while it executes."""
    with pytest.raises(GraphQLError, match="introspection") as raised:
        parse_within_limits(LimitSettings(), query)
    assert (raised.value.extensions or {})["code"] == "QUERY_TOO_COMPLEX"


def test_full_introspection_is_allowed() -> None:
    """In one field, or one type per field."""
    types = " ".join(f'a{n}: __type(name: "Course") {{ fields {{ name }} }}' for n in range(200))
    assert parse_within_limits(LimitSettings(), INTROSPECTION).definitions
    assert parse_within_limits(LimitSettings(), f"{{ {types} }}").definitions
