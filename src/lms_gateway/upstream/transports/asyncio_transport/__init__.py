"""HTTP/1.1 over asyncio streams, for speed: see README.md."""
