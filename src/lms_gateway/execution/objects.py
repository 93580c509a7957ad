"""Of which type an object is, as its type, interface or union tells."""

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLAbstractType, GraphQLObjectType
from graphql.execution.executor import default_type_resolver, invalid_return_type_error

from lms_gateway.execution.info import LateInfo
from lms_gateway.execution.kinds import is_late
from lms_gateway.execution.level import Spots

if TYPE_CHECKING:
    from lms_gateway.execution.run import Run


class Judged:
    """An object whose type was found out by waiting for it."""

    __slots__ = ("type", "value")

    def __init__(self, value: Any, type_: GraphQLObjectType) -> None:
        self.value = value
        self.type = type_


def bare(value: Any) -> Any:
    """The object itself."""
    return value.value if type(value) is Judged else value


def are_surely(type_: GraphQLObjectType, values: Sequence[Any]) -> bool:
    """Whether nobody need be asked: there is no check, or it says which classes it accepts."""
    if type_.is_type_of is None:
        return True
    accepted = getattr(type_.is_type_of, "instances_of", None)
    return accepted is not None and accepted.issuperset(map(type, values))


def check(
    run: "Run", spots: Spots, index: int, value: Any, type_: GraphQLObjectType
) -> "Awaitable[Judged] | None":
    """Raise where an object is not of its type; return what has to be waited for to tell."""
    if type(value) is Judged or type_.is_type_of is None:
        return None
    info: Any = LateInfo(run, spots, index)
    found: Any = type_.is_type_of(value, info)
    if is_late(found):
        return _judge(found, value, type_, spots)
    _require(found, value, type_, spots)
    return None


def type_of(
    run: "Run", spots: Spots, index: int, value: Any, abstract: GraphQLAbstractType
) -> "GraphQLObjectType | Awaitable[Judged]":
    """The object type of an interface's or union's object, or what to wait for to tell. Raises
    what graphql-core raises where it is none."""
    if type(value) is Judged:
        return value.type
    info: Any = LateInfo(run, spots, index)
    name: Any = (abstract.resolve_type or default_type_resolver)(value, info, abstract)
    if is_late(name):
        return _judge_abstract(run, spots, index, name, value, abstract)
    return _valid(run, spots, index, name, value, abstract)


def _valid(
    run: "Run", spots: Spots, index: int, name: Any, value: Any, abstract: GraphQLAbstractType
) -> GraphQLObjectType:
    info: Any = LateInfo(run, spots, index)
    return run.executor.ensure_valid_runtime_type(name, abstract, spots.field.details, info, value)


def _require(found: Any, value: Any, type_: GraphQLObjectType, spots: Spots) -> None:
    if not found:
        raise invalid_return_type_error(type_, value, spots.field.details)


async def _judge(found: Any, value: Any, type_: GraphQLObjectType, spots: Spots) -> Judged:
    _require(await found, value, type_, spots)
    return Judged(value, type_)


async def _judge_abstract(
    run: "Run", spots: Spots, index: int, name: Any, value: Any, abstract: GraphQLAbstractType
) -> Judged:
    type_ = _valid(run, spots, index, await name, value, abstract)
    judging = check(run, spots, index, value, type_)
    return Judged(value, type_) if judging is None else await judging
