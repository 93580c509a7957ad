"""Names as GraphQL writes them."""


def camel_case(name: str) -> str:
    """`start_at` → `startAt`."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)
