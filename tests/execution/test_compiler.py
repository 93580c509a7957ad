"""Plans: what is plannable, what is cached, how they execute."""

import asyncio
import gc
import weakref
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from graphql import parse
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from lms_gateway.domain.projection import Projection
from lms_gateway.execution import NotPlannable, Plan, PlanCompiler
from lms_gateway.execution import compiler as compiling
from lms_gateway.execution.selection import OperationVariant
from tests.execution.small_schema import SCHEMA, TOKENS, Book, Shelf, make_schema

COMPILER = PlanCompiler(SCHEMA, make_projection=Projection)


def plan_of(text: str) -> Plan:
    return COMPILER.compile(parse(text))


async def answer(text: str, shelf: Shelf | None = None, **variables: Any) -> Any:
    """Return the data of a plan that must not have errors."""
    result = await plan_of(text).execute(variables, shelf or Shelf())
    assert result.errors is None
    return result.data


def reason_of(compiler: PlanCompiler, text: str) -> str:
    with pytest.raises(NotPlannable) as raised:
        compiler.compile(parse(text, experimental_fragment_arguments=True))
    return raised.value.reason


# -- not plannable


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("subscription { ticks }", "subscription"),
        ("{ __schema { description } }", "introspection"),
        ('{ ...F } fragment F on Query { again: __type(name: "Book") { name } }', "introspection"),
        ("{ book { title @upper } }", "directive"),
        ("query @traced { book { title } }", "directive"),
        ("{ ...F @defer } fragment F on Query { book { title } }", "directive"),
        ("{ ...F(n: 1) } fragment F($n: Int) on Query { book(number: $n) { title } }", "fragment"),
        ("fragment F on Query { book { title } }", "no operation"),
        ("query A { book { title } } query B { book { title } }", "no operation"),
    ],
)
def test_an_operation_that_is_not_plannable_raises_before_it_runs(text: str, reason: str) -> None:
    assert reason_of(COMPILER, text).startswith(reason)


class ExecutionExtension(SchemaExtension):
    def on_execute(self) -> Iterator[None]:
        yield


class ParsingExtension(SchemaExtension):
    def on_parse(self) -> Iterator[None]:
        yield


def test_an_extension_that_takes_part_in_execution_is_not_plannable() -> None:
    schema = make_schema(extensions=[ExecutionExtension])

    assert reason_of(PlanCompiler(schema), "{ book { title } }") == "schema extension"
    PlanCompiler(schema, ignored_extensions=[ExecutionExtension]).compile(parse("{ book { title } }"))


def test_an_extension_that_only_parses_is_plannable() -> None:
    PlanCompiler(make_schema(extensions=[ParsingExtension])).compile(parse("{ book { title } }"))


def test_a_custom_executor_is_not_plannable() -> None:
    class Own(StrawberryGraphQLCoreExecutionContext):
        pass

    schema = make_schema(execution_context_class=Own)

    assert reason_of(PlanCompiler(schema), "{ book { title } }") == "executor"


def test_a_coroutine_type_check_is_not_plannable() -> None:
    async def is_type_of(value: Any, info: Any) -> bool:
        return True

    schema = make_schema()
    type_: Any = schema._schema.type_map["Book"]
    type_.is_type_of = is_type_of

    assert reason_of(PlanCompiler(schema), "{ book { title } }") == "asynchronous type"


async def test_a_null_condition_is_reported_like_graphql_core() -> None:
    text = "query ($if: Boolean = true) { book { title @include(if: $if) } }"
    planned = await plan_of(text).execute({"if": None}, Shelf())
    usual = await SCHEMA.execute(text, {"if": None}, context_value=Shelf())

    assert planned.errors
    assert [str(error) for error in planned.errors] == [str(error) for error in usual.errors or ()]
    assert planned.data == usual.data


# -- caches


async def test_cached_variants_are_bounded() -> None:
    names = [f"c{number}" for number in range(6)]
    definitions = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: number @include(if: ${name})" for name in names)
    plan = plan_of(f"query ({definitions}) {{ book {{ number {fields} }} }}")

    for values in product((True, False), repeat=len(names)):
        variables = dict(zip(names, values, strict=True))
        result = await plan.execute(variables, Shelf())
        chosen = {name: 1 for name, value in variables.items() if value}
        assert result.data == {"book": {"number": 1} | chosen}
        assert len(plan._variants) <= compiling._MAX_VARIANTS < 2 ** len(names)


async def test_variants_depend_on_conditions_and_no_other_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[object] = []

    class Counted(OperationVariant):
        def __init__(self, *arguments: Any) -> None:
            made.append(self)
            super().__init__(*arguments)

    monkeypatch.setattr(compiling, "OperationVariant", Counted)
    plan = plan_of("query ($a: Boolean!, $n: Int!) { book(number: $n) { number @skip(if: $a) } }")
    for number in range(3):
        for skipped in (True, False):
            result = await plan.execute({"a": skipped, "n": number}, Shelf())
            assert result.data == {"book": {} if skipped else {"number": number}}

    assert len(made) == 2


@pytest.mark.parametrize(
    "text",
    [
        "query ($s: Secret!) { open(secret: $s) }",
        "query ($s: Secret!) { book { following { secretText(secret: $s) } } }",
        """query ($s: Secret!) { open(secret: $s)
             book { following { later(secret: $s) { number } } } }""",
        """query ($s: Secret!, $if: Boolean!) {
             book { pages { secretText(secret: $s) @include(if: $if) guarded(secret: $s) } } }""",
    ],
)
async def test_a_plan_holds_no_reference_to_a_caller(text: str) -> None:
    TOKENS.clear()
    plan, shelf = plan_of(text), Shelf()
    result = await plan.execute({"s": "hidden", "if": True}, shelf)
    assert "hidden" in str(result.data)
    references: list[weakref.ref[Any]] = [*TOKENS, weakref.ref(shelf)]
    del shelf, result
    gc.collect()

    assert len(references) > 1
    assert [reference() for reference in references] == [None] * len(references)


@pytest.mark.parametrize(
    "text",
    [
        "query ($by: Int!) { book { following { later(by: $by) { number } } } }",
        # The same text in the root: without locations, the nodes are equal.
        """query ($by: Int!) { later(by: $by) { number }
             book { following { later(by: $by) { number } } } }""",
    ],
)
async def test_projections_below_a_load_use_the_variables_of_each_execution(text: str) -> None:
    plan = COMPILER.compile(parse(text, no_location=True))
    for by in (1, 2):
        shelf = Shelf()
        result = await plan.execute({"by": by}, shelf, Book(number=10))
        prefetches = [prefetch for projection in shelf.projections for prefetch in projection.prefetches]

        assert [prefetch.arguments["by"] for prefetch in prefetches] == [by]
        assert result.data is not None
        assert result.data["book"] == {"following": {"later": {"number": 2 + by}}}


async def test_concurrent_executions_are_independent() -> None:
    plan = plan_of('query ($n: Int!) { book { late { repeated(text: "x", times: $n) } } }')
    results = await asyncio.gather(*(plan.execute({"n": n}, Shelf()) for n in range(5)))

    assert [result.data for result in results] == [
        {"book": {"late": {"repeated": "x" * n}}} for n in range(5)
    ]


# -- execution


async def test_mutations_run_serially_each_with_its_whole_selection() -> None:
    shelf = Shelf()
    data = await answer('mutation { a: write(name: "a") { echo } b: write(name: "b") { echo } }', shelf)

    assert data == {"a": {"echo": "a"}, "b": {"echo": "b"}}
    assert shelf.events == ["a begins", "a ends", "a echo", "b begins", "b ends", "b echo"]


async def test_a_cancelled_execution_cancels_its_tasks_but_not_shared_futures() -> None:
    shelf = Shelf()
    plan = plan_of("{ a: never b: never book { following { title } } }")
    running = asyncio.create_task(plan.execute({}, shelf))
    await shelf.both_started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    remaining = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*remaining, return_exceptions=True)

    assert shelf.events.count("cancelled") == 2
    assert [future.cancelled() for future in shelf.pending] == [False]
    shelf.flush()  # results that arrive later have no effect


async def test_loads_are_dispatched_when_no_task_can_add_more() -> None:
    shelf = Shelf()
    data = await answer("{ book { following { title } late { late { following { title } } } } }", shelf)

    assert data == {
        "book": {
            "following": {"title": "Book 2"},
            "late": {"late": {"following": {"title": "Book 4"}}},
        }
    }
    assert shelf.events == [("load", 2), ("load", 4), ("flush", 2)]


async def test_each_level_of_loads_is_dispatched_as_one_batch() -> None:
    shelf = Shelf()
    await answer("{ books(count: 3) { following { following { title } } } }", shelf)

    assert [event for event in shelf.events if event[0] == "flush"] == [("flush", 3), ("flush", 3)]


async def test_a_field_is_loaded_with_one_call_for_all_objects_of_a_level() -> None:
    shelf = Shelf()
    data = await answer(
        """{ books(count: 50) { following { following { number } } again: following { number }
               pages { following { number } } } }""",
        shelf,
    )

    assert data["books"][49]["following"] == {"following": {"number": 51}}
    assert data["books"][49]["again"] == {"number": 50}
    assert data["books"][49]["pages"][2] == {"following": {"number": 4903}}
    assert sorted(shelf.batch_sizes) == [50, 50, 50, 150]


@pytest.fixture
def infos(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of fields for which graphql-core's info was built."""
    made: list[str] = []
    executor = StrawberryGraphQLCoreExecutionContext
    build = executor.build_resolve_info

    def counted(self: Any, field_def: Any, nodes: Any, *rest: Any) -> Any:
        made.append(nodes[0].name.value)
        return build(self, field_def, nodes, *rest)

    monkeypatch.setattr(executor, "build_resolve_info", counted)
    return made


async def test_no_graphql_core_info_is_built_for_standard_fields(infos: list[str]) -> None:
    """Fields without a resolver, with arguments, asynchronous, loaded, in lists."""
    await answer(
        """query ($n: Int!) { __typename books(count: $n) {
             number title repeated(text: "a", times: $n) named late { number }
             pages { title following { title } } } }""",
        n=5,
    )
    assert infos == []


async def test_an_info_is_built_when_it_is_read(infos: list[str]) -> None:
    """Permissions get one per object; a resolver builds one when it reads its path."""
    data = await answer("{ books(count: 3) { guarded number placed } }")

    assert sorted(infos) == ["guarded"] * 3 + ["placed"] * 3
    assert [book["placed"] for book in data["books"]] == [
        ["books", 0, "placed"],
        ["books", 1, "placed"],
        ["books", 2, "placed"],
    ]
