"""Words that docs/vocabulary.md rules out, and a search for them.

Run `python -m tests.docs.vocabulary [PATH …]` to list every place.
"""

import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]

MAX_HOMONYM_COUNT: Final = 20
"""Class names that may exist in several modules of src, without entities."""

ENTITIES: Final = frozenset({"Account", "Course", "Enrollment", "Section", "Tenant", "Term", "User"})

# Not allowed as a word of an identifier, singular or plural.
IDENTIFIER_WORDS: Final = frozenset(
    {
        "anew",
        "begun",
        "bury",
        "cut",
        "dead",
        "desk",
        "door",
        "duty",
        "errand",
        "flight",
        "fly",
        "gone",
        "habit",
        "hear",
        "heard",
        "kept",
        "lacks",
        "landmark",
        "lane",
        "leaf",
        "office",
        "onion",
        "owe",
        "pay",
        "sheet",
        "spot",
        "story",
        "strange",
        "taker",
        "tell",
        "telling",
        "told",
        "wants",
        "whoever",
        "wonder",
    }
)
# Not allowed as the verb that begins a function's name.
FUNCTION_VERBS: Final = frozenset({"board", "land"})
PREFIXES: Final = ("most_", "longest_", "least_")
# `leaf` is GraphQL's own word in these.
ALLOWED_PAIRS: Final = frozenset({("leaf", "type"), ("leaf", "types"), ("leaf", "value"), ("leaf", "values")})

_DETERMINERS = (
    "it|its|the|a|an|no|none|that|this|these|those|there|they|one|nothing|neither|both|all|any|each"
    "|only|what|Canvas|Schoology|not|he|she|you|we"
)
_PLACES = "file|folder|directory|place|page|line|path|host|position|point|module|table|from|of|to|see"
_NOT_AFTER_PLACE = "".join(f"(?<!{noun} )" for noun in _PLACES.split("|"))
_NETWORK = r"(?:[\w-]+ ){0,3}(?:prox(?:y|ies)|balancers?|firewalls?|nginx|prefix|router|ingress|cdn)\b"

# Not allowed in prose, each with what to look for. Words with a plain sense as well are narrowed to
# their figurative use: "where" for "if", "behind" for "after", "holds" for "is valid".
PHRASES: Final[Mapping[str, str]] = {
    "whoever": "whoever",
    "whatever": "whatever",
    "whom": "whom",
    "anew": "anew",
    "nobody": "nobody|nobody's",
    "somebody": "somebody|somebody's",
    "told": "told|tells",
    "came of": "came of|became of|what came",
    "dear": "dear(?:er|est)?",
    "cheap": "cheap(?:er|est|ly)?",
    "in hand": "in hand",
    "behind": rf"behind(?! {_NETWORK})",
    "mend": "mend(?:s|ed|ing)?",
    "for ever": "for ever",
    "holds": r"(?:does|do|did) not hold|holds(?=\s*(?:[.,;:)!?]|$)|\s+(?:and|or|where|if|when)\b)",
    "knows of": "knows? of",
    "of its own account": "o[fn] its own account",
    "where": rf"{_NOT_AFTER_PLACE}where(?=\s+(?:{_DETERMINERS})\b)",
}
_PHRASES = {
    name: re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE) for name, pattern in PHRASES.items()
}


class Violation(NamedTuple):
    """A word that is not allowed, and its place."""

    path: str
    line: int
    kind: str
    word: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind}: {self.word}: {self.text}"


def split_words(identifier: str) -> list[str]:
    """`readHTTPBody_now` → `["read", "http", "body", "now"]`."""
    return [
        word.lower()
        for part in identifier.split("_")
        for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", part)
    ]


def banned_word(identifier: str, *, is_function: bool = False) -> str | None:
    """Return the first word of an identifier that is not allowed, or None."""
    name = identifier.lower().lstrip("_")
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return prefix
    words = split_words(identifier)
    if is_function and words and words[0] in FUNCTION_VERBS:
        return words[0]
    for word, following in zip(words, [*words[1:], ""], strict=False):
        for form in (
            word,
            word.removesuffix("s"),
            word.removesuffix("es"),
            re.sub("ies$", "y", word),
        ):
            if form in IDENTIFIER_WORDS and (form, following) not in ALLOWED_PAIRS:
                return form
    return None


def defined_names(tree: ast.AST) -> Iterator[tuple[str, int, bool]]:
    """Return each name that a module binds: name, line, whether it is a function."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, node.lineno, True
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name, node.lineno, False
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name, node.lineno, False
            case ast.alias(asname=str(name)):
                yield name, node.lineno, False


def prose_of(source: str, tree: ast.Module) -> Iterator[tuple[str, int, str]]:
    """Return the prose of a module: kind, line, text."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield "docstring", node.lineno, text
            case ast.Raise(exc=ast.expr() as raised):
                yield "message", node.lineno, _strings(raised)
            case ast.keyword(arg="description", value=value):
                yield "description", value.lineno, _strings(value)
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield "comment", token.start[0], token.string


def _strings(node: ast.AST) -> str:
    constants = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    return " ".join(value for value in constants if isinstance(value, str))


def search_prose(path: str, line: int, kind: str, text: str) -> Iterator[Violation]:
    """Return each phrase of a text that is not allowed."""
    for word, pattern in _PHRASES.items():
        for match in pattern.finditer(text):
            context = " ".join(text[max(0, match.start() - 40) : match.end() + 40].split())
            yield Violation(path, line + text.count("\n", 0, match.start()), kind, word, context)


def search_python(path: Path) -> Iterator[Violation]:
    """Return the violations of one module: identifiers, docstrings, comments, messages."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    place = str(path.relative_to(ROOT))
    for part in path.relative_to(ROOT).with_suffix("").parts:
        if (word := banned_word(part)) is not None:
            yield Violation(place, 1, "module", word, part)
    for name, line, is_function in defined_names(tree):
        if (word := banned_word(name, is_function=is_function)) is not None:
            yield Violation(place, line, "identifier", word, name)
    for kind, line, text in prose_of(source, tree):
        yield from search_prose(place, line, kind, text)


def search_markdown(path: Path) -> Iterator[Violation]:
    """Return the violations of a page, without code blocks, code spans and link targets."""
    text = re.sub(
        r"^(```|~~~).*?^\1",
        lambda block: "\n" * block[0].count("\n"),
        path.read_text(encoding="utf-8"),
        flags=re.MULTILINE | re.DOTALL,
    )
    text = re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`\n]*`", "", text))
    yield from search_prose(str(path.relative_to(ROOT)), 1, "page", text)


def search_sdl(path: Path) -> Iterator[Violation]:
    """Return the violations of the descriptions of an SDL file."""
    text = path.read_text(encoding="utf-8")
    for match in re.finditer(r'"""(.*?)"""|^\s*"((?:[^"\\\n]|\\.)*)"\s*$', text, re.DOTALL | re.MULTILINE):
        line = text.count("\n", 0, match.start()) + 1
        yield from search_prose(path.name, line, "description", match[1] or match[2] or "")


def python_files() -> list[Path]:
    """Return the project's Python files."""
    return [
        path
        for folder in ("src", "tests", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "node_modules" not in path.parts and path != Path(__file__)
    ]


def markdown_files() -> list[Path]:
    """Return the project's pages."""
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "scripts").rglob("*.md")),
        *sorted((ROOT / "src").rglob("*.md")),
    ]


def search_all() -> Iterator[Violation]:
    """Return the violations of the whole project."""
    for path in python_files():
        yield from search_python(path)
    for path in markdown_files():
        yield from search_markdown(path)
    yield from search_sdl(ROOT / "schema.graphql")


def homonyms() -> dict[str, list[str]]:
    """Return the class names of src that exist in several modules, without entities."""
    modules: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name not in ENTITIES:
                modules[node.name].append(str(path.relative_to(ROOT / "src")))
    return {name: paths for name, paths in modules.items() if len(set(paths)) > 1}


if __name__ == "__main__":
    path_prefixes = tuple(sys.argv[1:])
    for violation in search_all():
        if not path_prefixes or violation.path.startswith(path_prefixes):
            print(violation)
    for class_name, paths in sorted(homonyms().items()):
        if not path_prefixes:
            print(f"class {class_name}: {', '.join(paths)}")
