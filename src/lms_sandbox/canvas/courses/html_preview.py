"""Endpoint that returns HTML as Canvas would store it.

https://developerdocs.instructure.com/services/canvas/resources/courses#method.courses.preview_html
"""

from html import escape
from html.parser import HTMLParser

from lms_sandbox.canvas.http.request import CanvasRequest, ObjectResponse
from lms_sandbox.canvas.http.routes import route

_ALLOWED_ELEMENTS = frozenset(
    {
        "a", "abbr", "b", "blockquote", "br", "caption", "code", "div", "em", "h2", "h3", "h4",
        "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span", "strong",
        "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
    }
)  # fmt: skip
_VOID_ELEMENTS = frozenset({"br", "hr", "img"})
_REMOVED_ELEMENTS = frozenset({"script", "style"})  # with their content
_ALLOWED_ATTRIBUTES = frozenset({"alt", "class", "colspan", "href", "id", "rowspan", "src", "title"})
_ALLOWED_URL_PREFIXES = ("http:", "https:", "mailto:", "/", "#")


@route("POST", "/courses/:course_id/preview_html")
def show(request: CanvasRequest) -> ObjectResponse:
    request.course()
    return ObjectResponse({"html": sanitize(request.params.text("html") or "")})


def sanitize(html: str) -> str:
    """Return HTML with allowed elements and attributes only; the text of other elements stays."""
    sanitizer = _Sanitizer()
    sanitizer.feed(html)
    sanitizer.close()
    return "".join([*sanitizer.output, *(f"</{tag}>" for tag in reversed(sanitizer.open_tags))])


class _Sanitizer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.output: list[str] = []
        self.open_tags: list[str] = []
        self._removed_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _REMOVED_ELEMENTS:
            self._removed_depth += 1
        if tag not in _ALLOWED_ELEMENTS or self._removed_depth:
            return
        allowed_attributes = "".join(
            f' {name}="{escape(value or "")}"' for name, value in attrs if _is_allowed(name, value)
        )
        self.output.append(f"<{tag}{allowed_attributes}>")
        if tag not in _VOID_ELEMENTS:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _REMOVED_ELEMENTS and self._removed_depth:
            self._removed_depth -= 1
        elif tag in self.open_tags and not self._removed_depth:
            while True:
                open_tag = self.open_tags.pop()
                self.output.append(f"</{open_tag}>")
                if open_tag == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._removed_depth:
            self.output.append(escape(data, quote=False))


def _is_allowed(name: str, value: str | None) -> bool:
    if name in ("href", "src"):
        return (value or "").strip().lower().startswith(_ALLOWED_URL_PREFIXES)
    return name in _ALLOWED_ATTRIBUTES
