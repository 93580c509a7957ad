"""Schoology's dialect: REST API v1, signed with OAuth 1.0a.

`build` gives the ASGI application, `SchoologyHabits` switches what is unknown or two-way, and
`demo_keys` are who may sign.
"""

from .app import build
from .habits import PUBLIC_BASE, SchoologyHabits
from .keys import (
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
from .oauth import REPLAYED, AccessToken, Key

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
    "AccessToken",
    "Key",
    "SchoologyHabits",
    "build",
    "demo_keys",
]
