"""HTTP/1.1 over asyncio connections, for speed: see README.md."""
