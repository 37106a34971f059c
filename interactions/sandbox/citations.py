"""Annotations on a text, placed by the passage that they speak of."""

from interactions.sandbox.wire import Json

Note = tuple[str, Json]  # a passage of the text, and what is said of it


def cited(words: str, *notes: Note) -> Json:
    """A text part. The indices are UTF-8 bytes, the end exclusive, as Google counts them."""
    annotations = [{**about, **_place(words, passage)} for passage, about in notes]
    return {"text": words, "annotations": annotations, "type": "text"}


def page(passage: str, url: str, title: str) -> Note:
    return passage, {"type": "url_citation", "url": url, "title": title}


def file(passage: str, name: str, number: int, source: str) -> Note:
    where = {"document_uri": f"https://example.com/files/{name}", "file_name": name, "source": source}
    return passage, {"type": "file_citation", **where, "page_number": number}


def place(passage: str, found: Json) -> Note:
    return passage, {"type": "place_citation", **found}


def _place(words: str, passage: str) -> Json:
    start = len(words[: words.index(passage)].encode())
    return {"start_index": start, "end_index": start + len(passage.encode())}
