"""From the asks of one wave to the fewest reads, without I/O.

Asks that mean the same object are one read; names are looked up only when the ids of the wave are
there, because their rows may tell whose names these are; members of several sections of a course
are one roster; a course's teachers and a section's term come with the course.
"""

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
    RootAccount,
    Search,
    TermsOf,
    Viewer,
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
    """The reads that answer a wave; those that others wait for come first.

    What needs no call, or cannot be done, is settled on the way.
    """
    object_reads = ObjectReads(batch)
    term_loads: list[TermsOf] = []
    member_loads: dict[Members, Projection] = {}
    other_loads: list[tuple[Load, Projection]] = []
    for load, projection in batch.projections.items():
        if _settle_without_call(batch, load):
            continue
        if isinstance(load, ById):
            object_read = object_reads.get_or_create(Key(load.kind, load.id))
            object_read.loads.append(load)
            object_read.add_projection(projection)
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
        match load:
            case ByAlias():
                ids = tuple(task for key, task in object_tasks.items() if key.kind is load.kind)
                tasks.append(ReadTask((load,), read_by_alias(batch, load, projection), after=ids))
            case Viewer() | RootAccount():
                tasks.append(ReadTask((load,), read_self(batch, load, projection)))
            case OperationLoad():
                tasks.append(ReadTask((load,), read_operation(batch, load, projection)))
            case OperationListLoad():
                tasks.append(ReadTask((load,), read_operation_list(batch, load, projection)))
            case Children() | Search():
                try:
                    tasks.append(ReadTask((load,), read_list(batch, load, projection)))
                except LmsError as error:
                    batch.settle(load, error)
    for merged_load in teacher_loads:
        course = object_tasks.get(merged_load.group)
        with_course = () if course is None else (course,)
        tasks.append(
            ReadTask(
                (merged_load,),
                read_teachers(batch, merged_load, member_loads.pop(merged_load)),
                after=with_course,
            )
        )
    if term_loads:
        sections = {Key(Kind.SECTION, merged_load.section.id) for merged_load in term_loads}
        after = tuple(task for key, task in object_tasks.items() if key in sections)
        tasks.append(
            ReadTask(tuple(term_loads), read_section_terms(batch, term_loads), after=after)
        )
    return tasks + plan_member_reads(batch, member_loads) if member_loads else tasks


def _settle_without_call(batch: LoadBatch, load: Load) -> bool:
    """Settle what needs no call: empty pages, closed courses, ids that are none."""
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
    """The ids that an ask would put into an address."""
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
    """Whether a filter names an empty choice, which nothing is among."""
    load_filter = getattr(load, "filter", None)
    if load_filter is None or load_filter == _NO_FILTER:
        return False
    choices = ("states", "roles", "ids", "teacher_ids")
    canvas_arguments = getattr(load_filter, "canvas", ())
    return any(getattr(load_filter, name, None) == () for name in choices) or any(
        value == () for _, value in canvas_arguments
    )


def _merge_term_loads(
    batch: LoadBatch, object_reads: ObjectReads, loads: list[TermsOf]
) -> list[TermsOf]:
    """Unite terms with their courses. Returns those whose course is not known yet.

    Their sections become targets: only they can tell.
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
    """Teachers that come, or may come, with their course.

    They are asked for with a course that is read anyway; a later page of such a list needs the
    course again.
    """
    merged = []
    for load, projection in loads.items():
        if not are_teachers(load):
            continue
        object_read = object_reads.get(load.group)
        if cursor_tag(load.page):
            object_reads.get_or_create(load.group).nested_keys.add("teachers")
        elif object_read is not None and TEACHER.can_supply(projection.fields):
            object_read.nested_keys.add("teachers")
        elif batch.store.cached_list(load.group, "teachers") is None:
            continue
        merged.append(load)
    return merged


_NO_FILTER = MemberFilter()
