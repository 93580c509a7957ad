"""Which documents are kept, and what is kept of them."""

import pytest
from graphql import DocumentNode, GraphQLError, parse

from lms_gateway.execution import Documents, Plan, Plans, Unplanned
from tests.execution.small import SCHEMA, Shelf


class Reader:
    """Parses, and counts."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, text: str) -> DocumentNode:
        self.read.append(text)
        return parse(text)


@pytest.fixture
def reader() -> Reader:
    return Reader()


def documents(reader: Reader, **limits: int) -> Documents:
    return Documents(SCHEMA, parse=reader, plans=Plans(SCHEMA), **limits)


def test_a_text_is_parsed_validated_and_compiled_once(reader: Reader) -> None:
    kept = documents(reader)
    first, second = kept.read("{ book { title } }"), kept.read("{ book { title } }")

    assert first is second
    assert first.plan(None) is second.plan(None)
    assert len(reader.read) == 1


def test_the_documents_used_longest_ago_are_let_go(reader: Reader) -> None:
    kept = documents(reader, most=2)
    for name in ("a", "b", "a", "c", "a", "b"):
        kept.read(f"{{ {name}: __typename }}")

    assert [text[2] for text in reader.read] == ["a", "b", "c", "b"]
    assert len(kept) == 2


def test_documents_are_let_go_where_their_texts_grow_too_long_together(reader: Reader) -> None:
    texts = [f"{{ {name}: __typename }}".ljust(60) for name in "abcdefghijklmnopqrstu"]
    kept = documents(reader, most_characters=16 * 60)
    for text in texts:
        kept.read(text)
    assert len(kept) == 16
    for text in reversed(texts):
        kept.read(text)

    assert len(kept) == 16
    assert reader.read == [*texts, *reversed(texts[:5])]


def test_a_text_that_takes_much_of_the_room_drives_out_no_others(reader: Reader) -> None:
    kept = documents(reader, most_characters=16 * 60)
    long = "{ __typename }".ljust(61)
    for text in ("{ __typename }", long, long, "{ __typename }"):
        assert kept.read(text).errors == []

    assert reader.read == ["{ __typename }", long, long]


def test_what_cannot_be_parsed_is_not_kept(reader: Reader) -> None:
    kept = documents(reader)
    with pytest.raises(GraphQLError):
        kept.read("{")

    assert len(kept) == 0


def test_errors_of_validation_are_kept_and_judged_once(reader: Reader) -> None:
    judged: list[GraphQLError] = []
    kept = Documents(SCHEMA, parse=reader, plans=None, judge=judged.append)

    assert kept.read("{ nope }").errors == kept.read("{ nope }").errors == judged
    assert len(judged) == 1


async def test_each_operation_of_a_document_has_its_own_plan(reader: Reader) -> None:
    document = documents(reader).read(
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
    left = document.plan("C")

    assert numbers == [1, 2]
    assert isinstance(left, Unplanned)
    assert left.reason == "subscription"
    assert left.__traceback__ is None


def test_without_plans_each_operation_is_graphql_cores(reader: Reader) -> None:
    document = Documents(SCHEMA, parse=reader, plans=None).read("{ book { number } }")
    plan = document.plan(None)

    assert isinstance(plan, Unplanned)
    assert plan.reason == "off"


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("query A { __typename } query B { __typename }", None, "several operations"),
        ("fragment F on Query { __typename }", None, "no operation"),
        ("query A { __typename }", "B", "no operation of the name"),
    ],
)
def test_an_operation_that_is_not_told_apart_is_refused(
    reader: Reader, text: str, name: str | None, message: str
) -> None:
    with pytest.raises(GraphQLError, match=message):
        documents(reader).read(text).operation(name)
