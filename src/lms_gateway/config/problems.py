"""What is wrong with a configuration, collected so that one run shows all of it."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches


class ConfigError(Exception):
    """A configuration that cannot be used. `problems` are sentences that say where and what."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Problems:
    """A growing list of what is wrong, each with its place."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, place: str, what: str) -> None:
        self._found.append(f"{place}: {what}")

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def raise_any(self) -> None:
        """Raise ConfigError where anything was found."""
        if self._found:
            raise ConfigError(self._found)


def suggest(word: str, known: Sequence[str]) -> str:
    """`; did you mean "…"?` with the nearest known word, or nothing where none is near."""
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f'; did you mean "{near[0]}"?' if near else ""
