"""What becomes of a text when Canvas takes it in.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.preview_html
"""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

from lms_gateway.sandbox.canvas.ask import Answer, Ask, One

_KEPT = frozenset(
    {
        "a", "abbr", "b", "blockquote", "br", "caption", "code", "div", "em", "h2", "h3", "h4",
        "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span", "strong",
        "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
    }
)  # fmt: skip
_EMPTY = frozenset({"br", "hr", "img"})
_MUTE = frozenset({"script", "style"})  # what stands in them goes with them
_ATTRIBUTES = frozenset({"alt", "class", "colspan", "href", "id", "rowspan", "src", "title"})
_SAFE = ("http:", "https:", "mailto:", "/", "#")


def show(ask: Ask) -> Answer:
    """POST /courses/:course_id/preview_html: it changes nothing."""
    ask.course()
    return One({"html": clean(ask.params.text("html") or "")})


def clean(html: str) -> str:
    """HTML of harmless elements and attributes; of the others, the text they hold is left."""
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    return "".join([*cleaner.told, *(f"</{tag}>" for tag in reversed(cleaner.open))])


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []
        self.open: list[str] = []
        self._muted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _MUTE:
            self._muted += 1
        if tag not in _KEPT or self._muted:
            return
        kept = "".join(
            f' {name}="{escape(value or "")}"' for name, value in attrs if _is_safe(name, value)
        )
        self.told.append(f"<{tag}{kept}>")
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _MUTE and self._muted:
            self._muted -= 1
        elif tag in self.open and not self._muted:
            while True:
                inner = self.open.pop()
                self.told.append(f"</{inner}>")
                if inner == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._muted:
            self.told.append(escape(data, quote=False))


def _is_safe(name: str, value: str | None) -> bool:
    if name in ("href", "src"):
        return (value or "").strip().lower().startswith(_SAFE)
    return name in _ATTRIBUTES
