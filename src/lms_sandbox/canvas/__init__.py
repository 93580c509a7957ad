"""Canvas simulator: `build` returns the application, `CanvasQuirks` selects its variant."""

from lms_sandbox.canvas.app import build
from lms_sandbox.canvas.quirks import CanvasQuirks
from lms_sandbox.canvas.state.auth import CanvasAccessToken, OAuthClient

__all__ = ["CanvasAccessToken", "CanvasQuirks", "OAuthClient", "build"]
