"""The fields that an operation selects of an object, and of the objects below it."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self


class Prefetch(NamedTuple):
    """A load of a child that depends on its parent's id alone.

    It can be sent together with the load of the parent.
    """

    declaration: Any
    """The field's `execution.LoadedField`, which makes the load from the parent and `arguments`."""
    arguments: Mapping[str, Any]
    projection: "Projection"


class Projection:
    """The fields to fetch of one object. Immutable.

    `fields` are names of `domain.models` (`name`, `student_count`, `canvas.syllabus_body`).
    `children` maps the name of a relation to the projection of its objects: to-one relations
    (`course`, `term`, `account`, `user`, `section`, `original_course`) and lists (`sections`,
    `teachers`, `students`, `users`, `enrollments`, `terms`, `courses`).
    """

    __slots__ = ("children", "fields", "prefetches")

    def __init__(
        self,
        fields: frozenset[str] = frozenset(),
        children: Mapping[str, "Projection"] | None = None,
        prefetches: Iterable[tuple[Any, Mapping[str, Any], "Projection"]] = (),
    ) -> None:
        """`prefetches` are the values of one `Prefetch` each."""
        self.fields = fields
        self.children: Mapping[str, Projection] = children or {}
        self.prefetches = tuple(map(Prefetch._make, prefetches))

    @classmethod
    def of(cls, *fields: str, **children: "Projection") -> "Projection":
        """Return a projection of those fields, without prefetches."""
        return cls(frozenset(fields), children)

    def __or__(self, other: Self) -> "Projection":
        """Return a projection of what either of the two selects."""
        if other is self:
            return self
        children = dict(self.children)
        for name, projection in other.children.items():
            existing = children.get(name)
            children[name] = projection if existing is None else existing | projection
        return Projection(self.fields | other.fields, children, self.prefetches + other.prefetches)

    def __repr__(self) -> str:
        return f"Projection({sorted(self.fields)}, {dict(self.children)!r})"
