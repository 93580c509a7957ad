"""How operations arrive: POST and GET, server-sent events, WebSocket."""
