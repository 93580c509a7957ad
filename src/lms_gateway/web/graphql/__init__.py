"""One GraphQL operation: admission, deduplication, execution, results."""
