"""Example queries of the explorer, selected by what the accessible tenants support."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from lms_gateway.domain.record import Vendor
from lms_gateway.tenancy import Access, Tenant
from lms_gateway.web.explorer import ExampleQuery

_QUERIES: Final = {
    path.stem: path.read_text(encoding="utf-8")
    for path in (Path(__file__).parent / "queries").glob("*.graphql")
}

_OF_VENDOR: Final = (
    (Vendor.CANVAS, "Only Canvas", "only_canvas"),
    (Vendor.CANVAS, "An account", "account"),
    (Vendor.SCHOOLOGY, "Only Schoology", "only_schoology"),
)

_CREATE_COURSE: Final = {
    "input": {"name": "Evening Botany", "code": "BOT-E", "canvas": {"license": "CC_BY", "offer": True}}
}
_START_REPORT: Final = {"input": {"account": {"root": True}, "report": "provisioning_csv"}}


def examples_for(tenants: Sequence[Tenant]) -> list[ExampleQuery]:
    """Return example queries, each for the first of `tenants` that supports it.

    Examples of mutations are included only for an open tenant, e.g. of the demo.
    """
    if not tenants:
        return []
    first = tenants[0].slug
    examples = [
        ExampleQuery("Side by side", _QUERIES["side_by_side"]),
        ExampleQuery("Courses", _QUERIES["courses"], first, {"first": 10}),
        ExampleQuery("Rosters", _QUERIES["rosters"], first),
    ]
    for vendor, title, name in _OF_VENDOR:
        slug = next((tenant.slug for tenant in tenants if tenant.vendor is vendor), None)
        if slug is not None:
            examples.append(ExampleQuery(title, _QUERIES[name], slug))
    for tenant in tenants:
        if tenant.access is Access.OPEN and tenant.vendor is Vendor.CANVAS:
            create, report = _QUERIES["create_course"], _QUERIES["report"]
            examples.append(ExampleQuery("A change", create, tenant.slug, _CREATE_COURSE))
            examples.append(ExampleQuery("A report", report, tenant.slug, _START_REPORT))
            break
    return examples
