"""Known ids of a school's objects, and weights of fields."""

from functools import partial
from random import Random
from typing import Any

from graphql import (
    GraphQLNamedType,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

from tests.execution.differential.documents import DocumentProfile
from tests.execution.differential.literals import LEAVES, Leaves

SLUGS = ("maple", "lakeside")

_RARE_WEIGHT = 0.4
"""Weight of a field that does not lead to the school's objects."""

_TYPE_WEIGHTS = {
    "Tenant": 3.0,
    "Section": 4.0,
    "Course": 4.0,
    "User": 3.0,
    "Enrollment": 5.0,
    "Node": 2.0,
    "Term": 1.5,
    "Account": 1.5,
    "_Entity": 2.0,
}


class Names:
    """Ids of a school's objects: global id, vendor id, SIS id, by type name."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.by_type: dict[str, list[tuple[str, str, str | None]]] = {}

    def add_all(self, data: Any) -> None:
        """Add the ids of all objects in the result of the discovery query."""
        for tenant in data["tenants"]:
            self.ids.append(tenant["id"])
            self.add("User", tenant["viewer"])
            for user in tenant["users"]["nodes"]:
                self.add("User", user)
            for account in tenant["accounts"]["nodes"]:
                self.add("Account", account)
            for course in tenant["courses"]["nodes"]:
                self.add("Course", course)
                if course["term"]:
                    self.ids.append(course["term"]["id"])
                for section in course["sections"]["nodes"]:
                    self.add("Section", section)
                    for user in section["students"]["nodes"]:
                        self.add("User", user)
                    for enrollment in section["enrollments"]["nodes"]:
                        self.add("Enrollment", enrollment)

    def add(self, name: str, object_: Any) -> None:
        """Add an object's ids, unless it is null."""
        if object_ is not None:
            self.ids.append(object_["id"])
            names = self.by_type.setdefault(name, [])
            names.append((object_["id"], object_["vendorId"], object_.get("sisId")))

    def id(self, random: Random) -> str:
        """Return a global id, rarely an unknown one."""
        return random.choice(self.ids) if random.random() < 0.95 else random.choice(("", "bm8", "x"))

    def ref(self, name: str, random: Random) -> dict[str, Any]:
        """Return a reference to an object of that type, rarely an unknown one."""
        id, vendor_id, sis_id = random.choice(self.by_type[name])
        roll = random.random()
        if roll < 0.45:
            return {"id": id}
        if roll < 0.8:
            return {"vendorId": vendor_id}
        if roll < 0.9 and sis_id:
            return {"sisId": sis_id}
        if name == "Account":
            return {"root": True}
        return random.choice(({"vendorId": "99999"}, {"sisId": "nobody"}, {"id": "x"}))

    def entity(self, random: Random) -> dict[str, Any]:
        """Return a representation, as a federation router sends it."""
        name = random.choice(sorted(self.by_type))
        id, vendor_id, _ = random.choice(self.by_type[name])
        roll = random.random()
        if roll < 0.5:
            return {"__typename": name, "id": id}
        if roll < 0.85:
            return {"__typename": name, "tenantSlug": random.choice(SLUGS), "vendorId": vendor_id}
        return random.choice(({"__typename": name}, {"__typename": "Nobody", "id": "1"}, {"id": id}))


def profile_for(core: GraphQLSchema, names: Names, *, mutations: float = 0.0) -> DocumentProfile:
    """Return a profile for the gateway's schema and objects with these ids."""
    leaves: Leaves = {
        **LEAVES,
        "ID": names.id,
        "Int": lambda random: random.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 50, -1)),
        "String": lambda random: random.choice((*SLUGS, *SLUGS, "elm", "bio", "a")),
        "_Any": names.entity,
    }
    for name, type_ in core.type_map.items():
        if isinstance(type_, GraphQLScalarType):
            leaves.setdefault(name, lambda _: None)
    inputs: Leaves = {
        f"{name}Ref": partial(names.ref, name) for name in ("Section", "Course", "User", "Account")
    }
    return DocumentProfile(
        leaves=leaves,
        inputs=inputs,
        named={
            "first": lambda random: random.choice((0, *(1, 2, 3, 4) * 5, 5, 50, -1)),
            "after": lambda random: random.choice((*[None] * 19, "bm8")),
            "slug": lambda random: random.choice((*SLUGS, *SLUGS, "elm", None)),
            "slugs": lambda random: random.choice((None, list(SLUGS), ["maple"], [], ["elm"])),
        },
        weight=partial(_weight, core),
        inward=1.5,
        min_fields=8,
        max_depth=8,
        optional=0.35,
        mutations=mutations,
        use_variables=0.2,
    )


def _weight(core: GraphQLSchema, parent: GraphQLNamedType, name: str) -> float:
    if name in ("nodes", "edges", "node"):
        return 8.0
    fields: Any = core.type_map[parent.name]
    named_type = get_named_type(fields.fields[name].type)
    if not is_composite_type(named_type):
        return 0.2 if parent.name in ("Query", "Tenant") else 1.0
    type_weight = _TYPE_WEIGHTS.get(named_type.name.removesuffix("Connection").removesuffix("Edge"))
    if type_weight is None:
        if named_type.name.startswith(("Canvas", "Schoology")):  # a vendor's block: many fields
            return 6.0
        return _RARE_WEIGHT if parent.name == "Query" else 1.5
    return type_weight * 2 if named_type.name.endswith("Connection") else type_weight
