"""The vocabulary of docs/vocabulary.md is used everywhere."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs import vocabulary
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8")


def test_no_word_is_used_that_the_vocabulary_rules_out() -> None:
    assert [str(violation) for violation in vocabulary.search_all()] == []


def test_few_class_names_exist_in_several_modules() -> None:
    assert len(vocabulary.homonyms()) <= vocabulary.MAX_HOMONYM_COUNT, vocabulary.homonyms()


def test_each_term_has_a_sentence_and_a_source() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if line.startswith("| ") and not line.startswith("| Term")
    ]
    assert len(rows) >= 40
    for term, sentence, source in rows:
        assert sentence.endswith("."), term
        assert source, term


@pytest.mark.parametrize("word", sorted(vocabulary.IDENTIFIER_WORDS))
@pytest.mark.parametrize("form", ["{}", "_{}", "MAX_{}", "read_{}_twice", "{}s"])
def test_a_banned_word_is_found_in_an_identifier(word: str, form: str) -> None:
    assert vocabulary.banned_word(form.format(word)) == word


@pytest.mark.parametrize("name", ["leaf_type", "leaf_values", "desktop"])
def test_standard_terms_are_allowed(name: str) -> None:
    assert vocabulary.banned_word(name) is None


@pytest.mark.parametrize(
    ("name", "is_function", "expected"),
    [
        ("board", True, "board"),
        ("board", False, None),
        ("most_rows", False, "most_"),
        ("_LONGEST_NAME", False, "longest_"),
    ],
)
def test_verbs_and_prefixes_are_found(name: str, is_function: bool, expected: str | None) -> None:
    assert vocabulary.banned_word(name, is_function=is_function) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What came of it.", ["came of"]),
        ("The row tells nobody.", ["nobody", "told"]),
        ("Null where the vendor has none.", ["where"]),
        ("The directory where the file is.", []),
        ("The gateway runs behind a reverse proxy.", []),
        ("The items behind this cursor.", ["behind"]),
        ("It holds, whatever happens.", ["holds", "whatever"]),
        ("A section holds users.", []),
    ],
)
def test_a_banned_phrase_is_found_in_prose(text: str, expected: list[str]) -> None:
    violations = vocabulary.search_prose("page.md", 1, "page", text)
    assert sorted({violation.word for violation in violations}) == expected


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ('def tell() -> None:\n    """Return nothing."""\n', ["identifier"]),
        ('"""Nobody reads this."""\n', ["docstring"]),
        ('raise ValueError("it is told")\n', ["message"]),
        ('field(description="Whoever asks.")\n', ["description"]),
        ("x = 1  # for ever\n", ["comment"]),
        ('text = "nobody"\n', []),
    ],
)
def test_each_kind_of_text_of_a_module_is_read(
    source: str, kinds: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vocabulary, "ROOT", tmp_path)
    (tmp_path / "module.py").write_text(source, encoding="utf-8")
    violations = vocabulary.search_python(tmp_path / "module.py")
    assert [violation.kind for violation in violations] == kinds


@pytest.mark.parametrize(
    ("search", "text", "count"),
    [
        (vocabulary.search_markdown, "Whoever reads `whoever`.\n```\nwhoever\n```\n", 1),
        (
            vocabulary.search_sdl,
            '"""Whoever."""\ntype Whoever {\n  "Nobody."\n  nobody: Int\n}\n',
            2,
        ),
    ],
)
def test_code_in_pages_and_names_in_the_sdl_are_not_prose(
    search: Callable[[Path], Iterator[vocabulary.Violation]],
    text: str,
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vocabulary, "ROOT", tmp_path)
    (tmp_path / "page").write_text(text, encoding="utf-8")
    assert len(list(search(tmp_path / "page"))) == count
