"""The GraphQL types, one module an entity."""
