"""The form under a turn that waits for the user, filled in: what a hand would do to each call's fields."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from interactions.sandbox.pictures import png
from interactions.ui.words.answer import waiting

SHOT = base64.b64decode(png(2, 2))


def area(page: AppTest, label: str) -> Any:
    return next(each for each in page.text_area if each.label == label)


def fill(label: str, text: str) -> Callable[[AppTest], None]:
    return lambda page: area(page, label).set_value(text)


def approve(page: AppTest) -> None:
    page.radio[0].set_value(waiting.APPROVE_YES)


def fail(page: AppTest) -> None:
    page.radio[0].set_value(waiting.PATCH_NO)
    area(page, waiting.PATCH_OUTPUT).set_value("hunk 1 does not fit")
