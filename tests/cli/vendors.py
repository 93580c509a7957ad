"""A slow vendor, for requests that run while their process is terminated."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class SlowVendor(ThreadingHTTPServer):
    """Replies `[]` after `release` is set; `request_received` is set with the first request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.request_received = threading.Event()
        self.release = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: SlowVendor

    def do_GET(self) -> None:
        self.server.request_received.set()
        self.server.release.wait(60)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def slow_vendor() -> Iterator[SlowVendor]:
    """Yield a vendor on a free port."""
    with SlowVendor() as vendor:
        thread = threading.Thread(target=vendor.serve_forever, daemon=True)
        thread.start()
        try:
            yield vendor
        finally:
            vendor.release.set()
            vendor.shutdown()
            thread.join()
