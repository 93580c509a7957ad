"""Batches of loads: their number, their content, and independence of their results."""

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
from tests.schema.conftest import RunQuery
from tests.schema.school import DictBackend, School

NAME = Projection(frozenset({"name"}))


async def test_loads_of_different_depth_are_one_batch(school: School, run_query: RunQuery) -> None:
    """Nine loads from lists, fragments and single objects are dispatched together."""
    data, errors = await run_query(
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


async def test_each_level_of_a_query_is_one_batch(school: School, run_query: RunQuery) -> None:
    data, errors = await run_query(
        """{ courses { nodes { name sections { nodes { name course { name }
             students(first: 2) { nodes { displayName } } } } } } }"""
    )
    assert errors == []
    assert len(data["courses"]["nodes"][0]["sections"]["nodes"]) == 2
    assert [len(batch) for batch in school.maple.batches] == [1, 2, 5]


async def test_children_that_need_only_the_parents_id_are_in_its_batch(
    school: School, run_query: RunQuery
) -> None:
    _, errors = await run_query(
        """{ course(by: {vendorId: "1"}) { name
               sections { nodes { name } } students { nodes { displayName } } } }"""
    )
    assert errors == []
    assert [len(batch) for batch in school.maple.batches] == [3]


async def test_prefetched_children_of_an_unknown_parent_are_ignored(
    school: School, run_query: RunQuery
) -> None:
    data, errors = await run_query('{ course(by: {vendorId: "9"}) { name sections { nodes { name } } } }')
    assert (data, errors) == ({"course": None}, [])


async def test_equal_loads_are_merged(school: School, run_query: RunQuery) -> None:
    """So are their projections."""
    data, _ = await run_query(
        '{ a: course(by: {vendorId: "1"}) { name } b: course(by: {vendorId: "1"}) { code } }'
    )
    assert data == {"a": {"name": "Biology"}, "b": {"code": "BIO"}}
    (batch,) = school.maple.batches
    assert {load: projection.fields for load, projection in batch.items()} == {
        ById(Kind.COURSE, "1"): {"name", "code"}
    }


async def test_fields_of_earlier_rows_are_not_loaded_again(school: School, run_query: RunQuery) -> None:
    _, errors = await run_query("{ courses { nodes { sections { nodes { course { name } } } } } }")
    assert errors == []
    assert len(school.maple.batches) == 2


async def test_fields_that_list_rows_lack_are_loaded_by_id(school: School, run_query: RunQuery) -> None:
    data, errors = await run_query(
        '{ section(by: {vendorId: "11"}) { students(first: 2) { nodes { email } } } }'
    )
    assert errors == []
    assert data["section"]["students"]["nodes"] == [{"email": "someone@school.example"}] * 2
    assert [len(batch) for batch in school.maple.batches] == [2, 2]


async def test_a_list_item_whose_load_by_id_fails_has_the_error_in_its_fields(
    school: School, run_query: RunQuery
) -> None:
    school.maple.broken = {(Kind.USER, "102")}  # type: ignore[arg-type]
    data, errors = await run_query(
        '{ section(by: {vendorId: "11"}) { students(first: 2) { nodes { displayName email } } } }'
    )
    assert data["section"]["students"]["nodes"] == [
        {"displayName": "Person 101", "email": "someone@school.example"},
        {"displayName": "Person 102", "email": None},
    ]
    assert errors == [
        (["section", "students", "nodes", 1, "email"], "UPSTREAM_UNAVAILABLE"),
    ]


async def test_unsupported_fields_need_no_load(school: School, run_query: RunQuery) -> None:
    data, errors = await run_query("{ courses { nodes { department grade: gradeLevels } } }")
    assert errors == []
    assert data["courses"]["nodes"][0] == {"department": None, "grade": None}
    assert len(school.maple.batches) == 1


class SlowBackend(DictBackend):
    """Settles course 2 after `release` is set, and never settles course 3."""

    def __init__(self) -> None:
        super().__init__()
        self.release = asyncio.Event()
        self.fetch_ended = asyncio.Event()
        self.fetch_started = asyncio.Event()

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
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


async def test_a_slow_load_delays_no_other_load_of_its_batch() -> None:
    backend = SlowBackend()
    session = TenantSession("maple", backend)
    slow = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    fast = await session.load(ById(Kind.COURSE, "1"), NAME)
    assert fast is not None
    assert not slow.done()
    backend.release.set()
    assert await slow is not None
    assert len(backend.batches) <= 2


async def test_a_cancelled_waiter_cancels_no_other_waiter() -> None:
    backend = SlowBackend()
    session = TenantSession("maple", backend)
    first = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    second = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    await backend.fetch_started.wait()
    first.cancel()
    backend.release.set()
    assert await second is not None
    assert first.cancelled()


async def test_closing_a_session_cancels_its_fetches() -> None:
    backend = SlowBackend()
    session = TenantSession("maple", backend)
    waiting = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    await backend.fetch_started.wait()
    await asyncio.gather(*session.close(), return_exceptions=True)
    assert backend.fetch_ended.is_set()
    assert isinstance(await asyncio.gather(waiting, return_exceptions=True), list)


@pytest.mark.parametrize("ticks", range(2 * IDLE_TICKS))
async def test_a_closed_session_fetches_nothing(ticks: int) -> None:
    """Also if a load was queued when the client disconnected."""
    backend = SlowBackend()
    session = TenantSession("maple", backend)
    waiting = asyncio.create_task(session.load(ById(Kind.COURSE, "2"), NAME))
    await _run_loop(ticks)
    waiting.cancel()
    await asyncio.gather(*session.close(), return_exceptions=True)
    asked = len(backend.batches)
    await _run_loop(10 * IDLE_TICKS)
    assert len(backend.batches) == asked
    assert backend.fetch_ended.is_set() == bool(asked)


async def test_a_load_that_the_backend_does_not_settle_is_an_error() -> None:
    session = TenantSession("maple", SlowBackend())
    (outcome,) = await asyncio.gather(session.load(ById(Kind.COURSE, "3"), NAME), return_exceptions=True)
    assert isinstance(outcome, UpstreamInvalid)


@pytest.mark.parametrize("ticks", range(2 * IDLE_TICKS))
async def test_a_projection_can_grow_at_any_moment(ticks: int) -> None:
    """Also between dispatch and fetch: both loads are resolved."""
    session = TenantSession("maple", DictBackend())
    course = ById(Kind.COURSE, "1")

    async def load_later() -> LoadResult:
        await _run_loop(ticks)
        return await session.load(course, Projection(frozenset({"code"})))

    tasks = [asyncio.create_task(session.load(course, NAME)), asyncio.create_task(load_later())]
    await _run_loop(10 * IDLE_TICKS)
    assert [task.done() for task in tasks] == [True, True]
    assert None not in [task.result() for task in tasks]


async def test_a_load_that_is_queued_during_a_reset_is_resolved() -> None:
    session = TenantSession("maple", DictBackend())
    before = asyncio.create_task(session.load(ById(Kind.COURSE, "1"), NAME))
    await _run_loop(2)  # queued, not dispatched
    session.reset()
    after = asyncio.create_task(session.load(ById(Kind.COURSE, "1"), NAME))
    await _run_loop(10 * IDLE_TICKS)
    assert [before.done(), after.done()] == [True, True]
    assert before.result() is after.result()


async def _run_loop(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)
