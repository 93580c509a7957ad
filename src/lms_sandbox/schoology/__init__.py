"""A simulator of Schoology's REST API v1, signed with OAuth 1.0a.

`build` returns the ASGI application, `SchoologyQuirks` contains its switches.
"""

from lms_sandbox.schoology.app import build
from lms_sandbox.schoology.quirks import SchoologyQuirks

__all__ = ["SchoologyQuirks", "build"]
