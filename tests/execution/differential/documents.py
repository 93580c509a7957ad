"""Random documents for any schema. Nearly all are valid; the others are discarded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_object_type,
    parse,
    print_ast,
    validate,
)

from tests.execution.differential.literals import LEAVES, Inputs, Leaves

Allowed = Callable[[GraphQLNamedType, str], bool]
"""(parent type, field name) → whether documents may select the field."""


@dataclass(frozen=True, slots=True)
class Case:
    """An operation to execute."""

    text: str
    document: DocumentNode = field(compare=False)
    operation_name: str | None
    variables: Mapping[str, Any]
    others: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    """Variables of executions that precede it."""

    def __str__(self) -> str:
        return f"{self.text.strip()}\noperation: {self.operation_name}\nvariables: {self.variables!r}"


@dataclass(frozen=True, slots=True)
class DocumentProfile:
    """Parameters of random documents."""

    leaves: Leaves = field(default_factory=lambda: LEAVES)
    inputs: Leaves = field(default_factory=dict)
    named: Leaves = field(default_factory=dict)
    allows: Allowed = lambda parent, name: True
    weight: Callable[[GraphQLNamedType, str], float] = lambda parent, name: 1.0
    inward: float = 1.8
    """Weight of fields with selections, relative to leaf fields."""
    max_depth: int = 6
    min_fields: int = 3
    max_fields: int = 45
    mutations: float = 0.0
    use_variables: float = 0.3
    optional: float = 0.6
    """Probability of an optional argument."""
    choices: dict[str, Any] = field(default_factory=dict)
    """Cache: type → weighted fields."""


_COUNTS = (1, 2, 2, 3, 3, 4, 4, 5, 6, 8)
"""Numbers of items in a selection."""


@dataclass
class _Fragment:
    name: str
    on: GraphQLNamedType
    text: str = ""
    uses: set[str] = field(default_factory=set)
    spreads: set[str] = field(default_factory=set)
    depth: int = 0


class DocumentWriter:
    """Writes one document."""

    def __init__(self, schema: GraphQLSchema, random: Random, profile: DocumentProfile) -> None:
        self.schema = schema
        self.random = random
        self.profile = profile
        self.inputs = Inputs(
            random,
            profile.leaves,
            profile.inputs,
            profile.named,
            use_variables=profile.use_variables,
        )
        self._fragments: list[_Fragment] = []
        self._spreads: set[str] = set()
        self._left = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def write(self) -> tuple[str, str | None]:
        """Return the document and the name of the operation to execute."""
        operations: list[tuple[str, str, set[str]]] = []
        count = 1 if self.chance(0.85) else self.random.randint(2, 3)
        for number in range(count):
            is_mutation = self.schema.mutation_type and self.chance(self.profile.mutations)
            root = self.schema.mutation_type if is_mutation else self.schema.query_type
            assert root is not None
            self._left = self.random.randint(self.profile.min_fields, self.profile.max_fields)
            self.inputs.used = set()
            self._spreads = set()
            text = self._selections(root, self.random.randint(2, self.profile.max_depth))
            used = self.inputs.used | self._used_through(self._spreads)
            name = f"Op{number}" if count > 1 or self.chance(0.5) else ""
            operations.append((f"{'mutation' if is_mutation else 'query'} {name}", text, used))
        written = []
        for head, text, used in operations:
            defined = ", ".join(self.inputs.variables[name].define() for name in sorted(used))
            written.append(f"{head}{f'({defined})' if defined else ''} {text}")
        reached = self._reached({fragment.name for fragment in self._fragments})
        written += [f"fragment {fragment.name} on {fragment.on.name} {fragment.text}" for fragment in reached]
        self.random.shuffle(written)
        chosen = self.random.randrange(count)
        chosen_name = operations[chosen][0].split(" ")[1] or None
        if count == 1 and self.chance(0.5):
            chosen_name = None
        return "\n".join(written), chosen_name

    # -- selections

    def _selections(self, type_: Any, depth: int) -> str:
        pieces: list[str] = []
        heads: list[tuple[str, GraphQLField]] = []
        is_root = type_ in (self.schema.query_type, self.schema.mutation_type)
        for _ in range(self.random.choice(_COUNTS) + is_root):
            if pieces and self._left <= 0:
                break
            roll = self.random.random()
            if roll < 0.08:
                self._left -= 1
                alias = self.random.choice(("", "", "kind: ", "t: "))
                pieces.append(f"{alias}__typename{self._directives()}")
            elif roll < (0.15 if is_object_type(type_) else 0.30):
                pieces.append(self._inline(type_, depth))
            elif roll < (0.20 if is_object_type(type_) else 0.36) and depth > 1:
                pieces.append(self._spread(type_, depth))
            elif roll < (0.27 if is_object_type(type_) else 0.40) and heads:
                head, again = self.random.choice(heads)
                pieces.append(self._below(head, again, depth))
            else:
                piece = self._field(type_, depth, heads)
                pieces.append(self._inline(type_, depth) if piece is None else piece)
        return f"{{ {' '.join(pieces)} }}"

    def _field(self, type_: Any, depth: int, heads: list[tuple[str, GraphQLField]]) -> str | None:
        name = self._choose(type_, depth)
        if name is None:
            return None
        self._left -= 1
        chosen: GraphQLField = type_.fields[name]
        arguments = ""
        if chosen.args:
            arguments = self.inputs.arguments(chosen.args)
        if arguments:  # an alias per set of arguments
            alias = f"{name}_{abs(hash_of(arguments)) % 9973}: "
        elif chosen.args or self.chance(0.15):
            alias = f"{name}{self.random.randint(1, 2) if not chosen.args else ''}: "
        else:
            alias = ""
        head = f"{alias}{name}{arguments}"
        heads.append((head, chosen))
        return self._below(head, chosen, depth)

    def _below(self, head: str, chosen: GraphQLField, depth: int) -> str:
        named = get_named_type(chosen.type)
        below = f" {self._selections(named, depth - 1)}" if is_composite_type(named) else ""
        return f"{head}{self._directives()}{below}"

    def _choose(self, type_: Any, depth: int) -> str | None:
        """Return a field of the type; None if it has none, or for `__typename` alone."""
        fields = getattr(type_, "fields", None)
        if not fields:
            return None
        if type_.name not in self.profile.choices:
            allowed = [name for name in fields if self.profile.allows(type_, name)]
            leaves = [name for name in allowed if not is_composite_type(get_named_type(fields[name].type))]
            self.profile.choices[type_.name] = (
                allowed,
                [
                    self.profile.weight(type_, name) * (1.0 if name in leaves else self.profile.inward)
                    for name in allowed
                ],
                leaves,
                [self.profile.weight(type_, name) for name in leaves],
            )
        allowed, weights, leaves, leaf_value_weights = self.profile.choices[type_.name]
        if depth <= 1 or self._left <= 1:
            allowed, weights = leaves, leaf_value_weights
        return self.random.choices(allowed, weights)[0] if allowed else None

    def _inline(self, type_: Any, depth: int) -> str:
        condition = self._condition(type_)
        on = "" if condition is type_ and self.chance(0.5) else f" on {condition.name}"
        if depth <= 0 or self._left <= 0:
            return f"...{on}{self._directives()} {{ __typename }}"
        self._left -= 1
        below = depth - self.random.randint(0, 1)
        return f"...{on}{self._directives()} {self._selections(condition, below)}"

    def _spread(self, type_: Any, depth: int) -> str:
        possible = self._possible(type_)
        reusable = [
            candidate
            for candidate in self._fragments
            if candidate.text and candidate.depth <= depth and possible & self._possible(candidate.on)
        ]
        if reusable and self.chance(0.6):
            fragment = self.random.choice(reusable)
        else:
            fragment = _Fragment(f"F{len(self._fragments)}", self._condition(type_), depth=depth)
            self._fragments.append(fragment)
            used, spreads = self.inputs.used, self._spreads
            self.inputs.used, self._spreads = set(), set()
            fragment.text = self._selections(fragment.on, depth - 1)
            fragment.uses, fragment.spreads = self.inputs.used, self._spreads
            self.inputs.used, self._spreads = used, spreads
        self._spreads.add(fragment.name)
        return f"...{fragment.name}{self._directives()}"

    def _condition(self, type_: Any) -> Any:
        """Return a type condition that overlaps with the type."""
        possible = self._possible(type_)
        names = {type_.name, *possible}
        for name in possible:
            possible_type: Any = self.schema.type_map[name]
            names |= {interface.name for interface in possible_type.interfaces}
        return self.schema.type_map[self.random.choice(sorted(names))]

    def _possible(self, type_: Any) -> set[str]:
        if is_object_type(type_):
            return {type_.name}
        return {object_type.name for object_type in self.schema.get_possible_types(type_)}

    def _directives(self) -> str:
        if self.chance(0.88):
            return ""
        written = []
        for name, usually in (("skip", False), ("include", True)):
            if self.chance(0.55):
                value = str(usually if self.chance(0.6) else not usually).lower()
                if self.chance(0.5):
                    argument = self.schema.get_directive(name).args["if"]  # type: ignore[union-attr]
                    value = "$" + self.inputs.variable(argument.type).name
                written.append(f" @{name}(if: {value})")
        return "".join(written)

    # -- fragments

    def _used_through(self, spreads: set[str]) -> set[str]:
        return set().union(*(fragment.uses for fragment in self._reached(spreads)))

    def _reached(self, spreads: set[str]) -> list[_Fragment]:
        seen: set[str] = set()
        waiting = set(spreads)
        by_name = {fragment.name: fragment for fragment in self._fragments}
        while waiting:
            name = waiting.pop()
            seen.add(name)
            waiting |= by_name[name].spreads - seen
        return [fragment for fragment in self._fragments if fragment.name in seen]


def hash_of(text: str) -> int:
    """Return a hash of a text that is equal in every process."""
    number = 0
    for character in text:
        number = (number * 31 + ord(character)) & 0x7FFFFFFF
    return number


def write_case(schema: GraphQLSchema, random: Random, profile: DocumentProfile) -> Case | None:
    """Return a valid case; None if the random document is invalid."""
    writer = DocumentWriter(schema, random, profile)
    text, name = writer.write()
    document = parse(text)
    if validate(schema, document, max_errors=1):
        return None
    variables = writer.inputs.values()
    other_variables = tuple(writer.inputs.values() for _ in range(random.choice((0, 0, 1, 2))))
    return Case(text, document, name, variables, other_variables)


def write_valid_case(schema: GraphQLSchema, random: Random, profile: DocumentProfile) -> Case:
    """Return a valid case."""
    while True:
        case = write_case(schema, random, profile)
        if case is not None:
            return case


def rewritten(case: Case, document: DocumentNode, variables: Mapping[str, Any]) -> Case:
    """Return the case with another document, printed and parsed, so that locations match."""
    text = print_ast(document)
    return Case(text, parse(text), case.operation_name, variables, case.others)
