"""Configuration errors, collected so that all are reported together."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches


class ConfigError(Exception):
    """An invalid configuration. Each of `problems` names a place and what is wrong there."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class ConfigProblems:
    """Collects problems, each with the place where it was found."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    def add(self, source: str, message: str) -> None:
        self._messages.append(f"{source}: {message}")

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[str]:
        return iter(self._messages)

    def raise_if_any(self) -> None:
        """Raise ConfigError if there are problems."""
        if self._messages:
            raise ConfigError(self._messages)


def suggest(word: str, known: Sequence[str]) -> str:
    """Return `; did you mean "…"?` with the most similar known word, or an empty string."""
    matches = get_close_matches(word, known, n=1, cutoff=0.5)
    return f'; did you mean "{matches[0]}"?' if matches else ""
