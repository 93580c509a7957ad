"""What is wrong with a configuration, collected so that one run shows all of it."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches


class ConfigError(Exception):
    """A configuration that cannot be used. `problems` are sentences that say where and what."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class ConfigProblems:
    """A growing list of what is wrong, each with its place."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    def add(self, source: str, message: str) -> None:
        self._messages.append(f"{source}: {message}")

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages)

    def raise_if_any(self) -> None:
        """Raise ConfigError where anything was found."""
        if self._messages:
            raise ConfigError(self._messages)


def suggest(word: str, known: Sequence[str]) -> str:
    """`; did you mean "…"?` with the nearest known word, or nothing where none is near."""
    matches = get_close_matches(word, known, n=1, cutoff=0.5)
    return f'; did you mean "{matches[0]}"?' if matches else ""
