"""The explorer's endpoints: its page, and the files that the page loads."""

import re
from contextlib import suppress
from os import PathLike, stat_result
from pathlib import PurePath

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from lms_gateway.domain.errors import LmsError
from lms_gateway.tenancy import Caller, Tenants
from lms_gateway.web.explorer import (
    ASSETS_PATH,
    CONTENT_SECURITY_POLICY,
    STATIC_DIRECTORY,
    ExplorerSettings,
    TenantChoice,
    render_html,
)
from lms_gateway.web.explorer.examples import examples_for

# Set explicitly: the content types of the operating system differ from host to host.
_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_HASHED_NAME = re.compile(r"-[A-Z0-9]{8}\.\w+$")  # the bundler's names of immutable files


def render_page(request: Request, tenants: Tenants) -> Response:
    """Return the explorer's page for the tenants that the caller may use."""
    caller = _caller(request, tenants)
    path = request.url.path
    selected_slug = request.path_params.get("slug") or _tenant_of_host(request, tenants, caller)
    visible_tenants = [
        tenant
        for tenant in tenants.accessible(caller)
        if selected_slug is None or tenant.slug == selected_slug
    ]
    settings = ExplorerSettings(
        endpoint=path,
        subscription_endpoint=f"{path}/stream",
        tenants=[TenantChoice(t.slug, t.name, t.vendor.value.upper()) for t in visible_tenants],
        examples=examples_for(visible_tenants),
        selected_tenant=selected_slug,
    )
    return Response(
        render_html(settings, assets=request.scope.get("root_path", "") + ASSETS_PATH),
        headers={
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept",
            "X-Content-Type-Options": "nosniff",
        },
    )


def _caller(request: Request, tenants: Tenants) -> Caller:
    # The page is not secret: a caller with an invalid key sees it without tenants of keys.
    with suppress(LmsError):
        return tenants.authenticate(request.headers.get("authorization"))
    return tenants.authenticate(None)


def _tenant_of_host(request: Request, tenants: Tenants, caller: Caller) -> str | None:
    with suppress(LmsError):
        tenant = tenants.select(caller, host=request.headers.get("host"), reading=False)
        if tenant is not None and request.url.hostname in tenant.hosts:
            return tenant.slug
    return None


class ExplorerAssets(StaticFiles):
    """Serves the explorer's files; those with a hash in their name are immutable."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC_DIRECTORY, check_dir=False)

    async def check_config(self) -> None:
        """Accept a missing directory: without a build no file is found."""

    def file_response(
        self, full_path: "str | PathLike[str]", stat_result: stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        name = PurePath(full_path)
        if name.suffix in _CONTENT_TYPES and response.status_code == 200:
            response.headers["Content-Type"] = _CONTENT_TYPES[name.suffix]
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if _HASHED_NAME.search(name.name) else "no-cache"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
