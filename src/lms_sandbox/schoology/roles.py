"""The roles and states of enrollments at Schoology."""

LISTED_STATES = ("active", "invited", "requested", "completed", "archived", "inactive")
"""The enrollment states that Schoology has; enrollments in other states do not exist there."""
ADMIN_ROLES = ("teacher", "ta", "designer")
MEMBER_ROLES = (*ADMIN_ROLES, "student")
"""The roles that are enrollments at Schoology: a parent is linked to a child, not to a section."""
