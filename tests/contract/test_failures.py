"""Failures affect their own loads only, and cancellation leaves nothing running."""

import asyncio

import pytest

from lms_gateway.domain.errors import RateLimited, UpstreamInvalid, UpstreamUnavailable
from lms_gateway.domain.loads import ById, Children, Load, Members, Search
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Key, Kind, Record
from lms_sandbox.faults import Fault
from tests.contract.vendor_backends import VendorUnderTest

PROJECTION = Projection.of("name", "course_id")


@pytest.mark.parametrize("kind", [Kind.SECTION, Kind.COURSE, Kind.USER])
async def test_a_failing_load_does_not_affect_its_batch(vendor: VendorUnderTest, kind: Kind) -> None:
    vendor.server.faults.add(Fault("reply", path=r"s/3(\?|$)", status=500, count=0))
    broken, here = ById(kind, "3"), ById(kind, "1")
    answers = await vendor.fetch({broken: Projection.of("name"), here: Projection.of("name")})
    assert isinstance(answers[broken], UpstreamUnavailable)
    assert isinstance(answers[here], Record)


async def test_one_forbidden_roster_does_not_affect_other_rosters(vendor: VendorUnderTest) -> None:
    vendor.server.faults.add(
        Fault("reply", path=r"sections/4/|courses/2/(users|enrollments)", status=500, count=0)
    )
    broken = Members(Key(Kind.SECTION, "4"), Kind.USER)
    here = Members(Key(Kind.SECTION, "1"), Kind.USER)
    answers = await vendor.fetch({broken: Projection.of(), here: Projection.of()})
    assert isinstance(answers[broken], UpstreamUnavailable)
    assert len(answers[here].items) == 7  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("html", status=200, count=0), UpstreamInvalid),
        (Fault("empty", count=0), UpstreamInvalid),
        (Fault("truncated", count=0), UpstreamInvalid),
        (Fault("wrong_object", count=0), UpstreamInvalid),
        (Fault("reply", status=500, count=0), UpstreamUnavailable),
        (Fault("reply", status=429, headers={"Retry-After": "900"}, count=0), RateLimited),
    ],
    ids=str,
)
async def test_every_kind_of_load_settles_for_each_vendor_error(
    vendor: VendorUnderTest, fault: Fault, error: type[Exception]
) -> None:
    vendor.server.faults.add(fault)
    loads: list[Load] = [
        ById(Kind.SECTION, "1"),
        ById(Kind.USER, "2"),
        Children(Key(Kind.COURSE, "1"), Kind.SECTION),
        Members(Key(Kind.SECTION, "2"), Kind.ENROLLMENT),
        Search(Kind.COURSE),
    ]
    answers = await vendor.fetch(dict.fromkeys(loads, PROJECTION))
    assert {type(answer) for answer in answers.values()} == {error}


async def wait_for_calls(vendor: VendorUnderTest, count: int) -> None:
    for _ in range(1000):
        if len(vendor.calls()) >= count:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the vendor was not called")


async def test_a_cancelled_fetch_leaves_nothing_running(vendor: VendorUnderTest) -> None:
    before = asyncio.all_tasks()
    vendor.server.faults.add(Fault("hang", count=0))
    loads: list[Load] = [ById(Kind.COURSE, str(id)) for id in (1, 2, 3)]
    loads += [Members(Key(Kind.SECTION, "1"), Kind.USER), Search(Kind.USER)]
    fetch = asyncio.create_task(vendor.fetch(dict.fromkeys(loads, PROJECTION)))
    await wait_for_calls(vendor, 2)
    fetch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetch
    assert asyncio.all_tasks() == before
    vendor.server.faults.clear()
    # The budget was released.
    again = await vendor.fetch(dict.fromkeys(loads, PROJECTION))
    assert len(again) == len(loads)
    assert all(isinstance(again[load], Record) for load in loads[:3])


async def test_closing_ends_running_reads(vendor: VendorUnderTest) -> None:
    before = asyncio.all_tasks()
    vendor.server.faults.add(Fault("hang", count=0))
    loads: list[Load] = [ById(Kind.COURSE, "1"), ById(Kind.COURSE, "2")]
    fetch = asyncio.create_task(vendor.fetch(dict.fromkeys(loads, PROJECTION)))
    await wait_for_calls(vendor, 2)
    await vendor.backend.aclose()
    answers = await fetch
    assert {type(answer) for answer in answers.values()} == {UpstreamUnavailable}
    assert asyncio.all_tasks() == before
    await vendor.backend.aclose()  # closing twice is allowed
