"""What a provider says of answers that its server does not keep."""

from __future__ import annotations

from collections.abc import Iterator

from interactions.conversations.request import Access, Errand, Request
from interactions.errors import UpstreamError
from interactions.stream.documents import Document
from interactions.stream.journal import Frame


class Unkept:
    """The half of a `Provider` that is about answers which were given earlier: there are none."""

    not_kept = "This server keeps no answers."

    def errand(self, request: Request, errand: Errand, interaction: str, mark: str = "") -> Iterator[Frame]:
        del request, errand, interaction, mark  # it can do none
        return iter(())

    def mark(self, frame: Frame) -> str:
        del frame
        return ""

    def retrieve(self, interaction_id: str, access: Access | None = None) -> Document:
        """Raises `UpstreamError`."""
        del interaction_id, access
        raise UpstreamError(self.not_kept)

    def forget(self, interaction_id: str, access: Access | None = None) -> Document:
        """Raises `UpstreamError`."""
        return self.retrieve(interaction_id, access)
