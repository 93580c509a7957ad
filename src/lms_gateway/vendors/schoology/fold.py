"""From the asks of a wave to the fewest reads.

Nothing here talks to anybody: a read yields the calls that it needs and is sent what became of
them. Reads are as many as can go on without each other; what must be seen together (the roster of a
section, ids and other names of one kind) is one.

by id          GET each, packed fifty to a multiget where they are more than three
by SIS id      fifty to a lookup
members        one listing per section and wave, whoever asks; a course's are its sections'
lists          one listing each, cut for all who ask
terms          one by one, or as a list where they are many
"""

from collections.abc import Iterable, Mapping, Sequence

from lms_gateway.domain.asks import (
    Alias,
    Ask,
    ByAlias,
    ById,
    Children,
    Detail,
    Details,
    Members,
    RootAccount,
    Search,
    TermsOf,
    Viewer,
    Wants,
)
from lms_gateway.domain.backend import Settle
from lms_gateway.domain.errors import BadInput, Unsupported
from lms_gateway.domain.records import Key, Kind
from lms_gateway.domain.store import Store
from lms_gateway.vendors.reads import Steps, together
from lms_gateway.vendors.schoology import accounts, lists, objects, rosters, terms
from lms_gateway.vendors.schoology.course_rosters import read_course_roster
from lms_gateway.vendors.schoology.objects import COUNTED
from lms_gateway.vendors.schoology.rosters import Roster
from lms_gateway.vendors.schoology.user_lists import ListAsk
from lms_gateway.vendors.schoology.wave import NO_JOBS, ONLY_CANVAS, Read, Site, Wave, guarded

NAMED = (Kind.SECTION, Kind.USER)
"""Kinds that Schoology finds by their SIS id."""


def fold(
    batch: Mapping[Ask, Wants], store: Store, settle: Settle, site: Site
) -> tuple[Wave, list[Read]]:
    """The reads that answer a wave. What needs no call is settled before this returns."""
    wave = Wave(site, batch, store, settle)
    plan = _Plan(wave)
    for ask in batch:
        plan.take(ask)
    return wave, plan.reads()


class _Plan:
    """The asks of a wave, sorted by how they are read."""

    def __init__(self, wave: Wave) -> None:
        self._wave = wave
        self._objects: dict[Key, ById] = {}
        self._counts: dict[Key, list[Ask]] = {}
        self._aliases: dict[Kind, list[ByAlias]] = {}
        self._enrollments: list[ById] = []
        self._accounts: list[ById | RootAccount] = []
        self._terms: list[terms.TermAsk] = []
        self._members: list[Members] = []
        self._lists: list[ListAsk] = []
        self._viewer: list[Viewer] = []

    def take(self, ask: Ask) -> None:
        """Sort an ask in, or settle it where that needs no call."""
        match ask:
            case ById(kind=Kind.PROGRESS):
                self._wave.settle(ask, Unsupported(NO_JOBS))
            case Detail() | Details():
                self._wave.settle(ask, Unsupported(ONLY_CANVAS))
            case ById():
                self._take_by_id(ask)
            case ByAlias():
                self._take_alias(ask)
            case Viewer():
                self._viewer.append(ask)
            case RootAccount():
                self._accounts.append(ask)
            case TermsOf():
                self._terms.append(ask)
            case Members():
                self._members.append(ask)
            case Children() | Search():
                self._lists.append(ask)

    def reads(self) -> list[Read]:
        """Everything that was sorted in, as reads."""
        wave = self._wave
        found = [*self._people(), *self._section_reads(), *self._other_objects()]
        if self._accounts:
            steps = accounts.read_accounts(wave, self._accounts)
            found.append(Read(tuple(self._accounts), steps))
        if self._viewer:
            found.append(Read(tuple(self._viewer), objects.read_viewer(wave, _count)))
        found += [
            Read(tuple(asks), lists.read_list(wave, asks))
            for asks in lists.group(wave, self._lists)
        ]
        found += [
            Read((*roster.asks, *roster.counting), _read_members(wave, roster))
            for roster in rosters.gather(wave, self._members, self._counts)
        ]
        return found

    def _take_by_id(self, ask: ById) -> None:
        wave, key = self._wave, Key(ask.kind, ask.id)
        if wave.store.is_absent(key):
            wave.settle(ask, None)
            return
        record = wave.store.find(key)
        lacks = wave.lacks(key, wave.batch[ask].facets)
        if record is not None and not lacks:
            wave.settle(ask, record)
            return
        match ask.kind:
            case Kind.ENROLLMENT:
                self._enrollments.append(ask)
            case Kind.ACCOUNT:
                self._accounts.append(ask)
            case Kind.TERM:
                self._terms.append(ask)
            case _:
                parts = 0
                if lacks - COUNTED or record is None:
                    self._objects[key] = ask
                    parts += 1
                if lacks & COUNTED:
                    self._counts.setdefault(key, []).append(ask)
                    parts += 1
                wave.owe(ask, parts)

    def _take_alias(self, ask: ByAlias) -> None:
        if ask.kind not in NAMED or ask.alias is not Alias.SIS_ID:
            reason = (
                "Schoology finds sections and users by SIS id, and nothing else by another name"
            )
            self._wave.settle(ask, Unsupported(reason))
        elif not ask.value.strip():
            self._wave.settle(ask, BadInput("a SIS id is not empty"))
        else:
            self._aliases.setdefault(ask.kind, []).append(ask)

    def _people(self) -> list[Read]:
        """Users by id and by SIS id."""
        return self._named(Kind.USER, [])

    def _section_reads(self) -> list[Read]:
        """Sections, and what cannot be asked before its section is there."""
        wave, behind = self._wave, []
        first: set[Key] = set()
        if self._terms:
            first |= {ask.section for ask in self._terms if isinstance(ask, TermsOf)}
            behind.append(Read(tuple(self._terms), terms.read_terms(wave, self._terms)))
        if self._enrollments:
            first |= {
                Key(Kind.SECTION, ask.id.partition(".")[0])
                for ask in self._enrollments
                if "course_id" in wave.batch[ask].facets
            }
            steps = objects.read_enrollments(wave, self._enrollments)
            behind.append(Read(tuple(self._enrollments), steps))
        return self._named(Kind.SECTION, behind, first)

    def _named(self, kind: Kind, behind: list[Read], first: Iterable[Key] = ()) -> list[Read]:
        """Objects of a kind by id, then those by SIS id whom these have not told of already.

        `behind` are reads that need the `first` of them.
        """
        by_id = {key: ask for key, ask in self._objects.items() if key.kind is kind}
        aliases = self._aliases.get(kind, [])
        if aliases:
            behind.append(Read(tuple(aliases), objects.read_aliases(self._wave, aliases, _count)))
            first = list(by_id)
        ahead = {key: by_id.pop(key) for key in first if key in by_id}
        found = [Read((ask,), self._object(key, ask)) for key, ask in by_id.items()]
        if not ahead:
            return [*found, *behind]
        asks = (*ahead.values(), *(ask for read in behind for ask in read.asks))
        return [*found, Read(asks, _in_order(self._wave, self._ahead(ahead), behind))]

    def _ahead(self, ahead: Mapping[Key, ById]) -> Steps[None]:
        yield from together(
            guarded(self._wave, [ask], self._object(key, ask)) for key, ask in ahead.items()
        )

    def _other_objects(self) -> list[Read]:
        return [
            Read((ask,), self._object(key, ask))
            for key, ask in self._objects.items()
            if key.kind not in NAMED
        ]

    def _object(self, key: Key, ask: ById) -> Steps[None]:
        wave = self._wave
        record = yield from objects.read_object(wave, key, wave.batch[ask].facets)
        if record is None:
            wave.settle(ask, None)
        else:
            wave.pay(ask, key)


def _in_order(wave: Wave, ahead: Steps[None], behind: Sequence[Read]) -> Steps[None]:
    yield from ahead
    yield from together(guarded(wave, read.asks, read.steps) for read in behind)


def _read_members(wave: Wave, roster: Roster) -> Steps[None]:
    if roster.group.kind is Kind.COURSE:
        return read_course_roster(wave, roster)
    return rosters.read_roster(wave, roster)


def _count(wave: Wave, key: Key) -> Steps[None]:
    """Learn the count of students of an object that the wave did not know beforehand."""
    return _read_members(wave, Roster(key, is_counted=True))
