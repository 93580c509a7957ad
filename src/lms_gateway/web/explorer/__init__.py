"""The explorer: GraphiQL, served from the gateway's own files.

`page(settings)` renders the HTML that `GET /graphql` answers a browser with. What the page loads is
built by `make explorer` from the npm project in the repository's `explorer/` into `STATIC`, which
git ignores and a wheel carries; serve that directory at `ASSETS`. Without a build the page says how
to make one.

The page asks nothing of any other host, and `CONTENT_SECURITY_POLICY` has the browser hold it to
that: send it as a header with the page.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Final

STATIC_DIRECTORY: Final = Path(__file__).parent / "static"
"""The directory of the built files; it does not exist before `make explorer`."""

ASSETS_PATH: Final = "/explorer"
"""Where `STATIC` is served: from the root, since the page stands at several addresses."""

# Monaco, GraphiQL's editor, writes its theme into style elements and attributes: hence the
# unsafe-inline for styles, which the scripts do not get.
CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """One entry of the page's tenant picker."""

    slug: str
    name: str
    vendor: str


@dataclass(frozen=True, slots=True)
class ExampleQuery:
    """A query that the page opens with, in a tab of its own.

    Name the operation (`query Sections { … }`): GraphiQL titles the tab with that name.
    """

    title: str
    query: str
    tenant: str | None = None  # the slug picked when its tab is opened; None: leaves the picker
    variables: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ExplorerSettings:
    """What the page has to know of the gateway that serves it.

    Endpoints are paths on the page's own origin. `selected_tenant` is the slug that the page's
    address names (`/t/{slug}/graphql`, a tenant's own host): the picker then stands on it and the
    page sends no `X-Tenant`. None: the reader picks.
    """

    endpoint: str
    subscription_endpoint: str
    tenants: Sequence[TenantChoice] = ()
    examples: Sequence[ExampleQuery] = ()
    selected_tenant: str | None = None


def render_html(
    settings: ExplorerSettings, *, static: Path = STATIC_DIRECTORY, assets: str = ASSETS_PATH
) -> bytes:
    """Render the explorer's page as UTF-8 HTML.

    Never raises: without a build in `static` the page is a note that tells how to make one.
    """
    template = _PAGE if (static / "explorer.js").is_file() else _NOT_BUILT
    html = template.replace("{assets}", escape(assets)).replace("{settings}", _embed(settings))
    return html.encode()


def _embed(settings: ExplorerSettings) -> str:
    """Write the settings as JSON that no HTML parser takes for markup."""
    text = json.dumps(
        {
            "endpoint": settings.endpoint,
            "subscriptionEndpoint": settings.subscription_endpoint,
            "tenants": [
                {"slug": tenant.slug, "name": tenant.name, "vendor": tenant.vendor}
                for tenant in settings.tenants
            ],
            "examples": [
                {
                    "title": example.title,
                    "query": example.query,
                    "tenant": example.tenant,
                    "variables": None if example.variables is None else dict(example.variables),
                }
                for example in settings.examples
            ],
            "selectedTenant": settings.selected_tenant,
        },
    )
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


_PAGE: Final = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>lms-gateway</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="{assets}/explorer.css">
    <script type="application/json" id="settings">{settings}</script>
    <script type="module" src="{assets}/explorer.js"></script>
  </head>
  <body>
    <div id="explorer"><noscript>The explorer needs JavaScript.</noscript></div>
  </body>
</html>
"""

_NOT_BUILT: Final = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>lms-gateway</title>
    <link rel="icon" href="data:,">
    <style>body { font: 16px/1.5 system-ui; margin: 4rem auto; max-width: 40rem }</style>
  </head>
  <body>
    <h1>The explorer is not built</h1>
    <p>GraphQL is answered here all the same: send a <code>POST</code> to this address.</p>
    <p>To have GraphiQL in its place, run <code>make explorer</code> in the gateway's source
    tree and reload. No restart is needed. An installed release carries it already.</p>
  </body>
</html>
"""
