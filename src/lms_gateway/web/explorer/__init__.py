"""The explorer: GraphiQL, served by the gateway.

`render_html` renders the page that `GET /graphql` returns to a browser. `make explorer` builds the
files that the page loads, from the npm project in the repository's folder `explorer/` into
`STATIC_DIRECTORY`; git ignores them, a wheel contains them. Without them the page explains how to
build them. The page sends no request to another host, which `CONTENT_SECURITY_POLICY` enforces.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent

STATIC_DIRECTORY: Final = _FOLDER / "static"
"""The built files; does not exist before `make explorer`."""

ASSETS_PATH: Final = "/explorer"
"""URL path of `STATIC_DIRECTORY`, from the root: the page is served under several paths."""

# Monaco, GraphiQL's editor, writes its theme into style elements and attributes: therefore
# unsafe-inline for styles. Scripts do not get it.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "font-src 'self' data:; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """One entry of the page's tenant picker."""

    slug: str
    name: str
    vendor: str


@dataclass(frozen=True, slots=True)
class ExampleQuery:
    """A query that the page opens in a tab of its own.

    Its operation needs a name (`query Sections { … }`), which GraphiQL uses as the tab's title.
    `tenant` is the slug that is selected when the tab is opened; None: no change.
    """

    title: str
    query: str
    tenant: str | None = None
    variables: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ExplorerSettings:
    """Configuration of the page.

    Endpoints are paths on the page's origin. `selected_tenant` is the slug in the page's address
    (`/t/{slug}/graphql`, or a tenant's own host): the picker is fixed to it and the page sends no
    `X-Tenant`. None: the user selects a tenant.
    """

    endpoint: str
    subscription_endpoint: str
    tenants: Sequence[TenantChoice] = ()
    examples: Sequence[ExampleQuery] = ()
    selected_tenant: str | None = None


def render_html(
    settings: ExplorerSettings, *, static: Path = STATIC_DIRECTORY, assets: str = ASSETS_PATH
) -> bytes:
    """Return the explorer's page as UTF-8 HTML.

    Never raises: without built files in `static` the page explains how to build them.
    """
    html = _template("page.html" if (static / "explorer.js").is_file() else "not_built.html")
    html = html.replace("{assets}", escape(assets)).replace("{settings}", _to_json(settings))
    return html.encode()


@cache
def _template(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _to_json(settings: ExplorerSettings) -> str:
    """Return the settings as JSON without characters that are special in HTML."""
    data = {
        "endpoint": settings.endpoint,
        "subscriptionEndpoint": settings.subscription_endpoint,
        "tenants": [asdict(tenant) for tenant in settings.tenants],
        "examples": [asdict(example) for example in settings.examples],
        "selectedTenant": settings.selected_tenant,
    }
    text = json.dumps(data)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
