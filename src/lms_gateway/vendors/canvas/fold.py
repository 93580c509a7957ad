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
    asks = {ask: wants for ask, wants in wave.batch.items() if not _settle_early(wave, ask)}
    targets = Targets(wave)
    for ask, wants in asks.items():
        if isinstance(ask, ById):
            target = targets.of(Key(ask.kind, ask.id))
            target.asks.append(ask)
            target.want(wants)
    terms = _fold_terms(wave, targets, [ask for ask in asks if isinstance(ask, TermsOf)])
    teachers = _fold_teachers(wave, targets, asks)
    found = targets.reads()
    reads = list(found.values())

    for ask, wants in asks.items():
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
    for ask in teachers:
        course = found.get(ask.group)
        with_course = () if course is None else (course,)
        reads.append(Read((ask,), read_teachers(wave, ask, asks[ask]), after=with_course))
    if terms:
        sections = {Key(Kind.SECTION, ask.section.id) for ask in terms}
        after = tuple(read for key, read in found.items() if key in sections)
        reads.append(Read(tuple(terms), read_terms(wave, terms), after=after))
    members = {
        ask: wants
        for ask, wants in asks.items()
        if isinstance(ask, Members) and ask not in teachers
    }
    return reads + fold_members(wave, members)


def _settle_early(wave: Wave, ask: Ask) -> bool:
    """Settle what needs no call: empty pages, closed courses, ids that are none."""
    try:
        for id in _ids(ask):
            if read_id(id) != id:
                raise BadInput("not the id of a Canvas object")
    except BadInput as error:
        wave.settle(ask, error)
        return True
    group: Key | None = None
    match ask:
        case Members():
            group = ask.group
        case Children():
            group = ask.parent
        case Detail() | Details():
            group = ask.of
        case Search():
            pass
        case _:
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
    match ask:
        case ById(_, id) | Children((_, id)) | TermsOf((_, id)):
            return (id,)
        case Detail(of=Key(_, id)) | Details(of=Key(_, id)):
            return (id,)
        case Members((_, id), filter=MemberFilter(ids=ids)):
            return (id, *(ids or ()))
        case _:
            return ()


def _excludes_all(ask: ListAsk) -> bool:
    """Whether a filter names an empty choice, which nothing is among."""
    wanted = getattr(ask, "filter", None)
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


def _fold_teachers(wave: Wave, targets: Targets, asks: dict[Ask, Wants]) -> list[Members]:
    """Teachers that come, or may come, with their course.

    They are asked for with a course that is read anyway; a later page of such a list needs the
    course again.
    """
    chosen = []
    for ask, wants in asks.items():
        if not isinstance(ask, Members) or not are_teachers(ask):
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
