"""Canvas, imitated: `build` makes the application, `CanvasHabits` says which Canvas it is."""

from lms_gateway.sandbox.canvas.app import build
from lms_gateway.sandbox.canvas.habits import CanvasHabits
from lms_gateway.sandbox.canvas.tokens import Client, Token

__all__ = ["CanvasHabits", "Client", "Token", "build"]
