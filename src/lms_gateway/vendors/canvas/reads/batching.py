"""Planning: from the loads of one batch to the fewest reads, without I/O.

- Loads of the same object are one read.
- Loads by another identifier run after the reads by id of their kind, whose rows may contain it.
- Members of several sections of a course are read from one roster (`course_rosters`).
- A course's teachers and a section's term are included in the course.
"""

from collections.abc import Mapping

from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.loads import (
    ByAlias,
    ById,
    Children,
    ListLoad,
    Load,
    MemberFilter,
    Members,
    OperationListLoad,
    OperationLoad,
    Search,
    TermsOf,
)
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind
from lms_gateway.vendors.canvas.api.pagination import cursor_tag
from lms_gateway.vendors.canvas.reads.batch import LoadBatch
from lms_gateway.vendors.canvas.reads.collections import read_list
from lms_gateway.vendors.canvas.reads.course_rosters import plan_member_reads
from lms_gateway.vendors.canvas.reads.list_query import empty_page
from lms_gateway.vendors.canvas.reads.members import are_teachers, read_teachers
from lms_gateway.vendors.canvas.reads.objects import (
    ObjectReads,
    read_by_alias,
    read_section_terms,
    read_self,
    section_course,
)
from lms_gateway.vendors.canvas.reads.operation_lists import read_operation_list
from lms_gateway.vendors.canvas.reads.operations import read_operation
from lms_gateway.vendors.canvas.rows.ids import parse_id
from lms_gateway.vendors.canvas.rows.sources import TEACHER
from lms_gateway.vendors.shared.batch import ReadTask


def plan_reads(batch: LoadBatch) -> list[ReadTask]:
    """Return the tasks that resolve a batch. Loads that need no call are settled at once."""
    object_reads = ObjectReads(batch)
    term_loads: list[TermsOf] = []
    member_loads: dict[Members, Projection] = {}
    other_loads: list[tuple[Load, Projection]] = []
    for load, projection in batch.projections.items():
        if _settle_without_call(batch, load):
            continue
        if isinstance(load, ById):
            read = object_reads.get_or_create(Key(load.kind, load.id))
            read.loads.append(load)
            read.add_projection(projection)
        elif isinstance(load, TermsOf):
            term_loads.append(load)
        elif isinstance(load, Members):
            member_loads[load] = projection
        else:
            other_loads.append((load, projection))
    if term_loads:
        term_loads = _merge_term_loads(batch, object_reads, term_loads)
    teacher_loads = _merge_teacher_loads(batch, object_reads, member_loads) if member_loads else []
    object_tasks = object_reads.tasks()
    tasks = list(object_tasks.values())
    for load, projection in other_loads:
        try:
            tasks.append(_plan_other(batch, load, projection, object_tasks))
        except LmsError as error:
            batch.settle(load, error)
    for teachers in teacher_loads:
        course = object_tasks.get(teachers.group)
        steps = read_teachers(batch, teachers, member_loads.pop(teachers))
        tasks.append(ReadTask((teachers,), steps, after=() if course is None else (course,)))
    if term_loads:
        sections = {Key(Kind.SECTION, load.section.id) for load in term_loads}
        after = tuple(task for key, task in object_tasks.items() if key in sections)
        terms = read_section_terms(batch, term_loads)
        tasks.append(ReadTask(tuple(term_loads), terms, after=after))
    return tasks + plan_member_reads(batch, member_loads) if member_loads else tasks


def _plan_other(
    batch: LoadBatch, load: Load, projection: Projection, object_tasks: Mapping[Key, ReadTask]
) -> ReadTask:
    """Return the task of a load that is read alone. Raises LmsError if Canvas has no such list."""
    match load:
        case ByAlias():
            by_id = tuple(task for key, task in object_tasks.items() if key.kind is load.kind)
            return ReadTask((load,), read_by_alias(batch, load, projection), after=by_id)
        case OperationLoad():
            return ReadTask((load,), read_operation(batch, load, projection))
        case OperationListLoad():
            return ReadTask((load,), read_operation_list(batch, load, projection))
        case Children() | Search():
            return ReadTask((load,), read_list(batch, load, projection))
        case _:
            return ReadTask((load,), read_self(batch, load, projection))


def _settle_without_call(batch: LoadBatch, load: Load) -> bool:
    """Settle a load that needs no call: an invalid id, an empty page, a closed course."""
    if any(parse_id(path_id) != path_id for path_id in _path_ids(load)):
        batch.settle(load, BadInput("not the id of a Canvas object"))
        return True
    parent: Key | None = None
    if isinstance(load, Children):
        parent = load.parent
    elif isinstance(load, Members):
        parent = load.group
    elif isinstance(load, OperationLoad | OperationListLoad):
        parent = load.parent
    elif not isinstance(load, Search):
        return False
    if not isinstance(load, OperationLoad) and (load.page.first == 0 or _has_empty_choice(load)):
        batch.settle(load, empty_page())
        return True
    if parent is not None and batch.is_closed(parent):
        batch.settle(load, None)
        return True
    return False


def _path_ids(load: Load) -> tuple[str, ...]:
    """Return the ids of a load that become part of an address."""
    if isinstance(load, ById):
        return (load.id,)
    if isinstance(load, Children):
        return (load.parent.id,)
    if isinstance(load, Members):
        return (load.group.id, *(load.filter.ids or ()))
    if isinstance(load, TermsOf):
        return (load.section.id,)
    if isinstance(load, OperationLoad | OperationListLoad) and load.parent is not None:
        return (load.parent.id,)
    return ()


def _has_empty_choice(load: ListLoad) -> bool:
    """Return whether a filter allows none of its values, so that nothing matches."""
    criteria = getattr(load, "filter", None)
    if criteria is None or criteria == _NO_FILTER:
        return False
    choices = [getattr(criteria, name, None) for name in ("states", "roles", "ids", "teacher_ids")]
    return () in choices or any(value == () for _, value in getattr(criteria, "canvas", ()))


def _merge_term_loads(batch: LoadBatch, object_reads: ObjectReads, loads: list[TermsOf]) -> list[TermsOf]:
    """Add terms to the reads of their courses. Return those whose course is not known yet.

    Their sections are read first, because only a section's row names its course.
    """
    unmerged = []
    for load in loads:
        course = section_course(batch, load)
        if course is None:
            object_reads.get_or_create(load.section).fields.add("course_id")
            unmerged.append(load)
        else:
            object_reads.add_term_load(course, load)
    return unmerged


def _merge_teacher_loads(
    batch: LoadBatch, object_reads: ObjectReads, loads: dict[Members, Projection]
) -> list[Members]:
    """Include teachers in the reads of their courses. Return the loads that this can resolve.

    A course that is read anyway includes its teachers. A later page of teachers needs the course.
    """
    merged = []
    for load, projection in loads.items():
        if not are_teachers(load):
            continue
        read = object_reads.get(load.group)
        if cursor_tag(load.page):
            object_reads.get_or_create(load.group).nested_keys.add("teachers")
        elif read is not None and TEACHER.can_supply(projection.fields):
            read.nested_keys.add("teachers")
        elif batch.store.cached_list(load.group, "teachers") is None:
            continue
        merged.append(load)
    return merged


_NO_FILTER = MemberFilter()
