"""One GraphQL endpoint over Canvas and Schoology."""

__version__ = "0.1.0"
