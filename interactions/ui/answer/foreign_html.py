"""The links in HTML that somebody else has written. Nothing else of it reaches the page."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from interactions.ui.answer.citations import web_url

MOST = 50_000  # characters; Google's suggestions have some thousands
_NUMBER = re.compile(r"&#\d{8,}")  # beyond Unicode; Python raises for more than 4,300 digits


def links_in(html: str) -> list[tuple[str, str]]:
    """The links to web addresses: their text and where they lead. Never raises."""
    found = _Links()
    found.feed(_NUMBER.sub("\ufffd", html[:MOST]))
    return found.links


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self._open = False

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """`<![…` is a comment, as in browsers; Python's parser takes some for a mistake of its caller."""
        return self.parse_bogus_comment(i, bool(report))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "a":
            return
        address = web_url(dict(attrs).get("href"))
        self._open = bool(address)
        if address:
            self.links.append(("", address))

    def handle_data(self, data: str) -> None:
        if self._open:
            text, address = self.links[-1]
            self.links[-1] = (text + data, address)

    def handle_endtag(self, tag: str) -> None:
        self._open = self._open and tag != "a"
