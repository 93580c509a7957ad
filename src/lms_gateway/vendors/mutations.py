"""The writing that the schema offers, by its place in it: `Mutation.createSection(input.sisId)`.

Input fields are told where one vendor has them and the other has not; all others go with their
mutation. What a bulk mutation's rows take is what the single one takes.
"""

from collections.abc import Mapping
from types import MappingProxyType

_INPUTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("createSection", "updateSection"),
            (
                "code",
                "integrationId",
                "description",
                "location",
                "startAt",
                "endAt",
                "meeting",
                "terms",
                "isSynced",
                "canvas",
                "schoology",
            ),
        ),
        **dict.fromkeys(
            ("createCourse", "updateCourse"),
            (
                "sisId",
                "integrationId",
                "department",
                "credits",
                "startAt",
                "endAt",
                "timeZone",
                "term",
                "canvas",
                "schoology",
            ),
        ),
        "enrollUser": ("canvas",),
        "updateEnrollment": ("role", "state"),
        "unenrollUser": ("how",),
        "createSections": ("schoology",),
        "createCourses": ("schoology",),
    }
)
_PLAIN = (
    "updateSections",
    "deleteSection",
    "deleteSections",
    "crossListSection",
    "unCrossListSection",
    "copySections",
    "updateCourses",
    "changeCourseStates",
    "deleteCourse",
    "concludeCourse",
    "resetCourse",
    "updateCourseSettings",
    "copyCourse",
    "dismissQuizMigrationAlert",
    "createTestStudent",
    "requestCourseFileUpload",
    "enrollUsers",
    "redeemAccessCode",
)

WRITE_OPERATIONS: tuple[str, ...] = (
    *(f"Mutation.{name}" for name in (*_INPUTS, *_PLAIN)),
    *(f"Mutation.{name}(input.{field})" for name, given in _INPUTS.items() for field in given),
    "Query.progress",
    "Subscription.progress",
)
"""Mutations, and the jobs that they begin."""
