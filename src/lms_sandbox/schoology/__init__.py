"""A simulator of Schoology's REST API v1, signed with OAuth 1.0a.

`build` returns the ASGI application, `SchoologyQuirks` contains its switches, and `demo_keys`
returns the API keys.
"""

from lms_sandbox.schoology.api_keys import (
    ADMIN_KEY,
    ADMIN_SECRET,
    PARENT_KEY,
    PARENT_SECRET,
    PERSONAL_KEY,
    PERSONAL_SECRET,
    STAFF_KEY,
    STAFF_SECRET,
    STUDENT_KEY,
    STUDENT_SECRET,
    STUDENT_TOKEN,
    STUDENT_TOKEN_SECRET,
    demo_keys,
)
from lms_sandbox.schoology.app import build
from lms_sandbox.schoology.oauth import REPLAYED, OAuthAccessToken, OAuthConsumer
from lms_sandbox.schoology.quirks import PUBLIC_BASE, SchoologyQuirks

__all__ = [
    "ADMIN_KEY",
    "ADMIN_SECRET",
    "PARENT_KEY",
    "PARENT_SECRET",
    "PERSONAL_KEY",
    "PERSONAL_SECRET",
    "PUBLIC_BASE",
    "REPLAYED",
    "STAFF_KEY",
    "STAFF_SECRET",
    "STUDENT_KEY",
    "STUDENT_SECRET",
    "STUDENT_TOKEN",
    "STUDENT_TOKEN_SECRET",
    "OAuthAccessToken",
    "OAuthConsumer",
    "SchoologyQuirks",
    "build",
    "demo_keys",
]
