"""How loads become waves: how many, what is in each, and what each answer waits for."""

import asyncio
from collections.abc import Mapping

import pytest

from lms_gateway.domain.backend import OnSettled
from lms_gateway.domain.errors import UpstreamInvalid
from lms_gateway.domain.loads import ById, Load, LoadResult
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind
from lms_gateway.domain.store import Store
from lms_gateway.loading import IDLE_TICKS, TenantSession
from tests.schema.conftest import RunQuery as AskQuery
from tests.schema.school import DictBackend, School

NAME = Projection(frozenset({"name"}))


async def test_loads_of_different_depth_are_one_wave(school: School, ask: AskQuery) -> None:
    """Nine loads, reached through lists, fragments and single objects, leave together."""
    data, errors = await ask(
        """{ a: course(by: {vendorId: "1"}) { name }
             ...Rest
             sectionsBy(refs: [{vendorId: "11"}, {vendorId: "12"}, {vendorId: "13"}]) { name }
             tenant { user(by: {vendorId: "101"}) { displayName } }
             viewer { displayName } }
           fragment Rest on Query { tenants(slugs: ["maple"]) {
             b: course(by: {vendorId: "2"}) { name }
             usersBy(refs: [{vendorId: "102"}, {vendorId: "103"}]) { displayName } } }"""
    )
    assert errors == []
    assert data["tenants"][0]["usersBy"][1] == {"displayName": "Person 103"}
    assert [len(batch) for batch in school.maple.batches] == [9]


async def test_each_level_of_a_query_is_one_wave(school: School, ask: AskQuery) -> None:
    data, errors = await ask(
        """{ courses { nodes { name sections { nodes { name course { name }
             students(first: 2) { nodes { displayName } } } } } } }"""
    )
    assert errors == []
    assert len(data["courses"]["nodes"][0]["sections"]["nodes"]) == 2
    assert [len(batch) for batch in school.maple.batches] == [1, 2, 5]


async def test_children_that_need_only_the_identity_go_with_their_parent(
    school: School, ask: AskQuery
) -> None:
    _, errors = await ask(
        """{ course(by: {vendorId: "1"}) { name
               sections { nodes { name } } students { nodes { displayName } } } }"""
    )
    assert errors == []
    assert [len(batch) for batch in school.maple.batches] == [3]


async def test_children_of_an_unknown_parent_are_dropped(school: School, ask: AskQuery) -> None:
    data, errors = await ask('{ course(by: {vendorId: "9"}) { name sections { nodes { name } } } }')
    assert (data, errors) == ({"course": None}, [])


async def test_asking_twice_for_one_object_is_one_ask(school: School, ask: AskQuery) -> None:
    """Their wants are united."""
    data, _ = await ask(
        '{ a: course(by: {vendorId: "1"}) { name } b: course(by: {vendorId: "1"}) { code } }'
    )
    assert data == {"a": {"name": "Biology"}, "b": {"code": "BIO"}}
    (batch,) = school.maple.batches
    assert {ask: wants.fields for ask, wants in batch.items()} == {
        ById(Kind.COURSE, "1"): {"name", "code"}
    }


async def test_what_rows_have_told_is_not_asked_again(school: School, ask: AskQuery) -> None:
    _, errors = await ask("{ courses { nodes { sections { nodes { course { name } } } } } }")
    assert errors == []
    assert len(school.maple.batches) == 2


async def test_what_rows_could_not_carry_is_fetched_by_id(school: School, ask: AskQuery) -> None:
    data, errors = await ask(
        '{ section(by: {vendorId: "11"}) { students(first: 2) { nodes { email } } } }'
    )
    assert errors == []
    assert data["section"]["students"]["nodes"] == [{"email": "someone@school.example"}] * 2
    assert [len(batch) for batch in school.maple.batches] == [2, 2]


async def test_a_row_whose_details_fail_says_so_where_they_are_read(
    school: School, ask: AskQuery
) -> None:
    school.maple.broken = {(Kind.USER, "102")}  # type: ignore[arg-type]
    data, errors = await ask(
        '{ section(by: {vendorId: "11"}) { students(first: 2) { nodes { displayName email } } } }'
    )
    assert data["section"]["students"]["nodes"] == [
        {"displayName": "Person 101", "email": "someone@school.example"},
        {"displayName": "Person 102", "email": None},
    ]
    assert errors == [
        (["section", "students", "nodes", 1, "email"], "UPSTREAM_UNAVAILABLE"),
    ]


async def test_facets_that_the_vendor_never_tells_cost_nothing(
    school: School, ask: AskQuery
) -> None:
    data, errors = await ask("{ courses { nodes { department grade: gradeLevels } } }")
    assert errors == []
    assert data["courses"]["nodes"][0] == {"department": None, "grade": None}
    assert len(school.maple.batches) == 1


class SlowBackend(DictBackend):
    """Answers course 2 only when told to, and forgets course 3."""

    def __init__(self) -> None:
        super().__init__()
        self.release = asyncio.Event()
        self.fetch_ended = asyncio.Event()
        self.fetch_started = asyncio.Event()

    async def fetch(
        self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled
    ) -> None:
        self.batches.append(dict(batch))
        self.fetch_started.set()
        try:
            for load in batch:
                assert isinstance(load, ById)
                if load.id == "2":
                    await self.release.wait()
                if load.id != "3":
                    result: LoadResult = store.merge(load.kind, load.id, {"name": "Biology"})
                    on_settled(load, result)
        finally:
            self.fetch_ended.set()


async def test_a_slow_ask_delays_no_other_of_its_wave() -> None:
    backend = SlowBackend()
    session = TenantSession("maple", backend)
    slow = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    fast = await session.load(ById(Kind.COURSE, "1"), NAME)
    assert fast is not None
    assert not slow.done()
    backend.release.set()
    assert await slow is not None
    assert len(backend.batches) <= 2


async def test_a_waiter_that_gives_up_takes_no_other_with_it() -> None:
    backend = SlowBackend()
    session = TenantSession("maple", backend)
    first = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    second = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    await backend.fetch_started.wait()
    first.cancel()
    backend.release.set()
    assert await second is not None
    assert first.cancelled()


async def test_closing_a_session_ends_what_is_in_flight() -> None:
    backend = SlowBackend()
    session = TenantSession("maple", backend)
    waiting = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    await backend.fetch_started.wait()
    await asyncio.gather(*session.close(), return_exceptions=True)
    assert backend.fetch_ended.is_set()
    assert isinstance(await asyncio.gather(waiting, return_exceptions=True), list)


@pytest.mark.parametrize("turns", range(2 * IDLE_TICKS))
async def test_a_closed_session_asks_nothing_more(turns: int) -> None:
    """Also where a load was still waiting for its wave to close when its client went."""
    backend = SlowBackend()
    session = TenantSession("maple", backend)
    waiting = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    await _run_loop(turns)
    waiting.cancel()
    await asyncio.gather(*session.close(), return_exceptions=True)
    asked = len(backend.batches)
    await _run_loop(10 * IDLE_TICKS)
    assert len(backend.batches) == asked
    assert backend.fetch_ended.is_set() == bool(asked)


async def test_an_ask_that_the_backend_forgets_is_an_error() -> None:
    session = TenantSession("maple", SlowBackend())
    (outcome,) = await asyncio.gather(
        session.load(ById(Kind.COURSE, "3"), NAME), return_exceptions=True
    )
    assert isinstance(outcome, UpstreamInvalid)


@pytest.mark.parametrize("turns", range(2 * IDLE_TICKS))
async def test_wants_that_grow_at_any_moment_leave_nobody_waiting(turns: int) -> None:
    """Also between a wave's closing and its fetch: both loads of the one ask are answered."""
    session = TenantSession("maple", DictBackend())
    course = ById(Kind.COURSE, "1")

    async def load_later() -> LoadResult:
        await _run_loop(turns)
        return await session.load(course, Projection(frozenset({"code"})))

    tasks = [asyncio.create_task(session.load(course, NAME)), asyncio.create_task(load_later())]
    await _run_loop(10 * IDLE_TICKS)
    assert [task.done() for task in tasks] == [True, True]
    assert None not in [task.result() for task in tasks]


async def test_a_load_that_a_change_overtakes_is_answered_all_the_same() -> None:
    session = TenantSession("maple", DictBackend())
    before = asyncio.create_task(session.load(ById(Kind.COURSE, "1"), NAME))
    await _run_loop(2)  # queued, and not sent yet
    session.reset()
    after = asyncio.create_task(session.load(ById(Kind.COURSE, "1"), NAME))
    await _run_loop(10 * IDLE_TICKS)
    assert [before.done(), after.done()] == [True, True]
    assert before.result() is after.result()


async def _run_loop(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)
