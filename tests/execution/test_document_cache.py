"""The document cache: entries, eviction, plans."""

from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, parse

from lms_gateway.domain.projection import Projection
from lms_gateway.execution import DocumentCache, NotPlannable, Plan, PlanCompiler
from tests.execution.small_schema import SCHEMA, Shelf


class CountingParser:
    """Parses documents and records them."""

    def __init__(self) -> None:
        self.parsed: list[str] = []

    def __call__(self, text: str) -> DocumentNode:
        self.parsed.append(text)
        return parse(text)


@pytest.fixture
def reader() -> CountingParser:
    return CountingParser()


def make_cache(reader: CountingParser, **limits: Any) -> DocumentCache:
    return DocumentCache(
        SCHEMA, parse=reader, compiler=PlanCompiler(SCHEMA, make_projection=Projection), **limits
    )


def test_a_text_is_parsed_validated_and_compiled_once(reader: CountingParser) -> None:
    cache = make_cache(reader)
    first, second = cache.get("{ book { title } }"), cache.get("{ book { title } }")

    assert first is second
    assert first.plan(None) is second.plan(None)
    assert len(reader.parsed) == 1


def test_the_least_recently_used_documents_are_evicted(reader: CountingParser) -> None:
    cache = make_cache(reader, max_documents=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        cache.get(f"{{ {name}: __typename }}")

    assert [text[2] for text in reader.parsed] == ["a", "b", "c", "b"]
    assert len(cache) == 2


def test_documents_are_evicted_when_their_texts_are_too_long_together(
    reader: CountingParser,
) -> None:
    texts = [f"{{ {name}: __typename }}".ljust(60) for name in "abcdefghijklmnopqrstu"]
    cache = make_cache(reader, max_characters=16 * 60)
    for text in texts:
        cache.get(text)
    assert len(cache) == 16
    for text in reversed(texts):
        cache.get(text)

    assert len(cache) == 16
    assert reader.parsed == [*texts, *reversed(texts[:5])]


def test_a_very_long_text_is_not_cached(reader: CountingParser) -> None:
    cache = make_cache(reader, max_characters=16 * 60)
    long = "{ __typename }".ljust(61)
    for text in ("{ __typename }", long, long, "{ __typename }"):
        assert cache.get(text).errors == []

    assert reader.parsed == ["{ __typename }", long, long]


def test_documents_with_syntax_errors_are_not_cached(reader: CountingParser) -> None:
    cache = make_cache(reader)
    with pytest.raises(GraphQLError):
        cache.get("{")

    assert len(cache) == 0


def test_validation_errors_are_cached_and_annotated_once(reader: CountingParser) -> None:
    annotated: list[GraphQLError] = []
    cache = DocumentCache(SCHEMA, parse=reader, compiler=None, annotate_error=annotated.append)

    assert cache.get("{ nope }").errors == cache.get("{ nope }").errors == annotated
    assert len(annotated) == 1


async def test_each_operation_of_a_document_has_its_own_plan(reader: CountingParser) -> None:
    document = make_cache(reader).get(
        """query A { book { number } } query B { book(number: 2) { number } }
           subscription C { ticks }"""
    )
    numbers = []
    for name in ("A", "B"):
        plan = document.plan(name)
        assert isinstance(plan, Plan)
        result = await plan.execute({}, Shelf())
        assert result.data is not None
        numbers.append(result.data["book"]["number"])
    not_plannable = document.plan("C")

    assert numbers == [1, 2]
    assert isinstance(not_plannable, NotPlannable)
    assert not_plannable.reason == "subscription"
    assert not_plannable.__traceback__ is None


def test_without_a_compiler_no_operation_is_plannable(reader: CountingParser) -> None:
    document = DocumentCache(SCHEMA, parse=reader, compiler=None).get("{ book { number } }")
    plan = document.plan(None)

    assert isinstance(plan, NotPlannable)
    assert plan.reason == "off"


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("query A { __typename } query B { __typename }", None, "several operations"),
        ("fragment F on Query { __typename }", None, "no operation"),
        ("query A { __typename }", "B", "no operation of that name"),
    ],
)
def test_an_ambiguous_operation_is_rejected(
    reader: CountingParser, text: str, name: str | None, message: str
) -> None:
    with pytest.raises(GraphQLError, match=message):
        make_cache(reader).get(text).operation(name)
