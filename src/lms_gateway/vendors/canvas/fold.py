"""From the asks of one wave to the fewest reads, without I/O.

Asks that mean the same object are one read; names are looked up only when the ids of the wave are
there, because their rows may tell whose names these are; members of several sections of a course
are one roster; a course's teachers and a section's term come with the course.
"""

from lms_gateway.domain.asks import (
    Ask,
    ByAlias,
    ById,
    Children,
    Detail,
    Details,
    ListAsk,
    MemberFilter,
    Members,
    RootAccount,
    Search,
    TermsOf,
    Viewer,
    Wants,
)
from lms_gateway.domain.errors import BadInput, LmsError
from lms_gateway.domain.records import Key, Kind
from lms_gateway.vendors.canvas.detail_lists import read_details
from lms_gateway.vendors.canvas.details import read_detail
from lms_gateway.vendors.canvas.includes import TEACHER
from lms_gateway.vendors.canvas.lists import read_list
from lms_gateway.vendors.canvas.members import are_teachers, read_teachers
from lms_gateway.vendors.canvas.objects import (
    Targets,
    course_of,
    read_alias,
    read_self,
    read_terms,
)
from lms_gateway.vendors.canvas.paging import tag_of
from lms_gateway.vendors.canvas.plans import empty_page
from lms_gateway.vendors.canvas.rosters import fold_members
from lms_gateway.vendors.canvas.values import read_id
from lms_gateway.vendors.canvas.wave import Read, Wave


def fold(wave: Wave) -> list[Read]:
    """The reads that answer a wave; those that others wait for come first.

    What needs no call, or cannot be done, is settled on the way.
    """
    targets = Targets(wave)
    terms: list[TermsOf] = []
    members: dict[Members, Wants] = {}
    others: list[tuple[Ask, Wants]] = []
    for ask, wants in wave.batch.items():
        if _settle_early(wave, ask):
            continue
        if isinstance(ask, ById):
            target = targets.of(Key(ask.kind, ask.id))
            target.asks.append(ask)
            target.want(wants)
        elif isinstance(ask, TermsOf):
            terms.append(ask)
        elif isinstance(ask, Members):
            members[ask] = wants
        else:
            others.append((ask, wants))
    if terms:
        terms = _fold_terms(wave, targets, terms)
    teachers = _fold_teachers(wave, targets, members) if members else []
    found = targets.reads()
    reads = list(found.values())

    for ask, wants in others:
        match ask:
            case ByAlias():
                ids = tuple(read for key, read in found.items() if key.kind is ask.kind)
                reads.append(Read((ask,), read_alias(wave, ask, wants), after=ids))
            case Viewer() | RootAccount():
                reads.append(Read((ask,), read_self(wave, ask, wants)))
            case Detail():
                reads.append(Read((ask,), read_detail(wave, ask, wants)))
            case Details():
                reads.append(Read((ask,), read_details(wave, ask, wants)))
            case Children() | Search():
                try:
                    reads.append(Read((ask,), read_list(wave, ask, wants)))
                except LmsError as error:
                    wave.settle(ask, error)
    for one in teachers:
        course = found.get(one.group)
        with_course = () if course is None else (course,)
        reads.append(Read((one,), read_teachers(wave, one, members.pop(one)), after=with_course))
    if terms:
        sections = {Key(Kind.SECTION, one.section.id) for one in terms}
        after = tuple(read for key, read in found.items() if key in sections)
        reads.append(Read(tuple(terms), read_terms(wave, terms), after=after))
    return reads + fold_members(wave, members) if members else reads


def _settle_early(wave: Wave, ask: Ask) -> bool:
    """Settle what needs no call: empty pages, closed courses, ids that are none."""
    if any(read_id(id) != id for id in _ids(ask)):
        wave.settle(ask, BadInput("not the id of a Canvas object"))
        return True
    group: Key | None = None
    if isinstance(ask, Children):
        group = ask.parent
    elif isinstance(ask, Members):
        group = ask.group
    elif isinstance(ask, Detail | Details):
        group = ask.of
    elif not isinstance(ask, Search):
        return False
    if not isinstance(ask, Detail) and (ask.page.first == 0 or _excludes_all(ask)):
        wave.settle(ask, empty_page())
        return True
    if group is not None and wave.is_closed(group):
        wave.settle(ask, None)
        return True
    return False


def _ids(ask: Ask) -> tuple[str, ...]:
    """The ids that an ask would put into an address."""
    if isinstance(ask, ById):
        return (ask.id,)
    if isinstance(ask, Children):
        return (ask.parent.id,)
    if isinstance(ask, Members):
        return (ask.group.id, *(ask.filter.ids or ()))
    if isinstance(ask, TermsOf):
        return (ask.section.id,)
    if isinstance(ask, Detail | Details) and ask.of is not None:
        return (ask.of.id,)
    return ()


def _excludes_all(ask: ListAsk) -> bool:
    """Whether a filter names an empty choice, which nothing is among."""
    wanted = getattr(ask, "filter", None)
    if wanted is None or wanted == _ANYBODY:
        return False
    choices = ("states", "roles", "ids", "teacher_ids")
    native = getattr(wanted, "canvas", ())
    return any(getattr(wanted, name, None) == () for name in choices) or any(
        value == () for _, value in native
    )


def _fold_terms(wave: Wave, targets: Targets, asks: list[TermsOf]) -> list[TermsOf]:
    """Unite terms with their courses. Returns those whose course is not known yet.

    Their sections become targets: only they can tell.
    """
    unknown = []
    for ask in asks:
        course = course_of(wave, ask)
        if course is None:
            targets.of(ask.section).facets.add("course_id")
            unknown.append(ask)
        else:
            targets.add_term(course, ask)
    return unknown


def _fold_teachers(wave: Wave, targets: Targets, asks: dict[Members, Wants]) -> list[Members]:
    """Teachers that come, or may come, with their course.

    They are asked for with a course that is read anyway; a later page of such a list needs the
    course again.
    """
    chosen = []
    for ask, wants in asks.items():
        if not are_teachers(ask):
            continue
        target = targets.find(ask.group)
        if tag_of(ask.page):
            targets.of(ask.group).keys.add("teachers")
        elif target is not None and TEACHER.can_tell(wants.facets):
            target.keys.add("teachers")
        elif wave.store.list_of(ask.group, "teachers") is None:
            continue
        chosen.append(ask)
    return chosen


_ANYBODY = MemberFilter()
