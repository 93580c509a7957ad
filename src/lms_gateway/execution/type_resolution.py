"""Object types of values: `is_type_of` checks, and `resolve_type` of interfaces and unions."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType

from lms_gateway.execution.levels import ResponseSlots
from lms_gateway.execution.library_internals import default_type_resolver, invalid_return_type_error
from lms_gateway.execution.resolve_info import LazyResolveInfo
from lms_gateway.execution.value_kinds import is_awaitable_value

if TYPE_CHECKING:
    from lms_gateway.execution.executor import PlanExecutor


@dataclass(slots=True, eq=False)
class TypedObject:
    """An object whose type was resolved by awaiting it."""

    value: Any
    type: GraphQLObjectType


def unwrap(value: Any) -> Any:
    """Return the object itself."""
    return value.value if type(value) is TypedObject else value


def need_no_type_check(type_: GraphQLObjectType, values: Sequence[Any]) -> bool:
    """Return whether all values are known to be of the type.

    True if the type has no check, or the check declares which classes it accepts.
    """
    if type_.is_type_of is None:
        return True
    accepted = getattr(type_.is_type_of, "instances_of", None)
    return accepted is not None and accepted.issuperset(map(type, values))


def check_type(
    executor: "PlanExecutor", slots: ResponseSlots, index: int, value: Any, type_: GraphQLObjectType
) -> "Awaitable[TypedObject] | None":
    """Check that an object is of its type; return an awaitable if the check is asynchronous.

    Raises what graphql-core raises if it is not.
    """
    if type(value) is TypedObject or type_.is_type_of is None:
        return None
    info: Any = LazyResolveInfo(executor, slots, index)
    is_of_type: Any = type_.is_type_of(value, info)
    if is_awaitable_value(is_of_type):
        return _check_type_later(is_of_type, value, type_, slots)
    if not is_of_type:
        raise invalid_return_type_error(type_, value, slots.field.details)
    return None


async def _check_type_later(
    is_of_type: Any, value: Any, type_: GraphQLObjectType, slots: ResponseSlots
) -> TypedObject:
    if not await is_of_type:
        raise invalid_return_type_error(type_, value, slots.field.details)
    return TypedObject(value, type_)


def resolve_type(
    executor: "PlanExecutor", slots: ResponseSlots, index: int, value: Any, abstract: Any
) -> "GraphQLObjectType | Awaitable[TypedObject]":
    """Return the object type of a value of an interface or union, or an awaitable of it.

    Raises what graphql-core raises if it is not a possible type.
    """
    if type(value) is TypedObject:
        return value.type
    info: Any = LazyResolveInfo(executor, slots, index)

    def validate(name: Any) -> GraphQLObjectType:
        core, details = executor.core_executor, slots.field.details
        return core.ensure_valid_runtime_type(name, abstract, details, info, value)

    async def resolve_later(name: Any) -> TypedObject:
        type_ = validate(await name)
        pending_check = check_type(executor, slots, index, value, type_)
        return TypedObject(value, type_) if pending_check is None else await pending_check

    name: Any = (abstract.resolve_type or default_type_resolver)(value, info, abstract)
    return resolve_later(name) if is_awaitable_value(name) else validate(name)
