"""Undocumented parts of Strawberry and graphql-core are used in one module only."""

import ast
from pathlib import Path

from lms_gateway import execution

PACKAGE = Path(execution.__file__).parent
PUBLIC = {"graphql", "graphql.pyutils", "strawberry", "strawberry.extensions"}


def test_only_library_internals_imports_submodules_of_the_libraries() -> None:
    imported = {
        (path.name, node.module)
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module is not None
        if node.module.split(".")[0] in ("graphql", "strawberry") and node.module not in PUBLIC
    }

    assert {name for name, _ in imported} == {"library_internals.py"}


def test_only_library_internals_reads_private_attributes_of_other_objects() -> None:
    private = {
        (path.name, node.attr)
        for path in PACKAGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr.startswith("_")
        if not node.attr.startswith("__") and node.attr != "_asdict"
        if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    }

    assert {name for name, _ in private} <= {"library_internals.py"}
