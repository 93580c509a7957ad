"""Groups calls into multigets."""

from collections.abc import Sequence
from functools import partial

from lms_gateway.upstream.messages import Call
from lms_gateway.vendors.schoology.api.multiget import (
    MULTIGET_THRESHOLD,
    distribute_outcome,
    is_packable,
    multiget_call,
    pack,
)
from lms_gateway.vendors.shared.dispatch import RequestGroup


def pack_multigets(calls: Sequence[Call]) -> list[RequestGroup]:
    """Pack equal and similar reads; send every other call by itself.

    Equal reads are one request. More than three packable reads go into multigets of fifty. Up to
    three are sent as they are, but stay one group: what their replies lead to is then ready at the
    same time and can share a multiget. Writes are never merged.
    """
    positions: dict[object, list[int]] = {}
    for index, call in enumerate(calls):
        positions.setdefault(call if call.is_plain_read else index, []).append(index)
    groups: list[RequestGroup] = []
    packable: list[Call] = []
    for where in positions.values():
        call = calls[where[0]]
        if is_packable(call):
            packable.append(call)
        else:
            groups.append(RequestGroup((call,), (where,)))
    is_multiget = len(packable) > MULTIGET_THRESHOLD
    for chunk in pack(packable):
        chunk_positions = [positions[call] for call in chunk]
        if is_multiget and len(chunk) > 1:
            unpack = partial(distribute_outcome, count=len(chunk))
            groups.append(RequestGroup((multiget_call(chunk),), chunk_positions, unpack))
        else:
            groups.append(RequestGroup(chunk, chunk_positions))
    return groups
