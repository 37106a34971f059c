"""Files through the composer: what is sent, shown, refused, edited and carried."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from html import unescape
from typing import Any

import msgspec
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Code, Html, Text

from interactions.conversations.attachments import File, message
from interactions.conversations.conversation import Conversation, Prompt
from interactions.providers.gemini.provider import Gemini
from interactions.sandbox import Server
from interactions.sandbox.pictures import png
from interactions.ui import words
from interactions.ui.server.root import workspace
from tests.conversations.test_attachments import spoken
from tests.ui.conftest import whole_app

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]

PNG = b64decode(png(2, 2))
TEXT = "Grüße aus der Datei".encode()
PDF = b"%PDF-1.7\n%\xe2\xe3"


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch) -> AppTest:
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    return whole_app().run()


def send(page: AppTest, text: str, **files: bytes) -> AppTest:
    """Sends a text with files; `notes_txt` is called `notes.txt`. No browser guesses what they are."""
    composer = page.chat_input(key="composer").set_value(text)
    for name, data in files.items():
        composer.upload(name.replace("_", "."), data)
    return composer.run()


def press(page: AppTest, icon: str) -> AppTest:
    """The last turn's button with this icon."""
    button = [button for button in page.button if str(button.key).startswith(f"{icon}_")][-1]
    return button.click().run()


def stored(page: AppTest) -> Conversation:
    return workspace().library.conversation(page.session_state["_owner"], page.session_state["_conversation"])


def sent(page: AppTest, turn: int = -1) -> Any:
    """The input that went out, from the note in its journal."""
    return json.loads(stored(page).turns[turn].journal.slice(0, 1)[0].raw)["body"]["input"]


def seen(page: AppTest) -> str:
    """All texts of the page, with the labels of files and the sources of images and sound."""
    drawn = [str(node.value) for node in page.main if isinstance(node, Text | Html | Code)]
    files = [button.label for button in page.main.download_button]
    media = [str(node.proto) for kind in ("image", "audio") for node in page.main.get(kind)]
    return "\n".join((*drawn, *files, *media))


def test_files_go_out_with_the_text_and_are_seen_in_the_turn(page: AppTest) -> None:
    """An image is an image, a text is read, and all have their names, which Google's API does not take."""
    send(page, "Look", dot_png=PNG, notes_txt=TEXT, paper_pdf=PDF)
    assert not page.exception
    assert sent(page) == [
        {
            "type": "user_input",
            "content": [
                {"type": "text", "text": "Look"},
                {"type": "image", "data": b64encode(PNG).decode(), "mime_type": "image/png"},
                {"type": "text", "text": f"notes.txt:\n\n{TEXT.decode()}"},
                {"type": "document", "data": b64encode(PDF).decode(), "mime_type": "application/pdf"},
            ],
        }
    ]
    shown = seen(page)
    for said in ("Look", "dot.png", f"data:image/png;base64,{png(2, 2)}", TEXT.decode()):
        assert said in shown
    labels = [unescape(button.label) for button in page.main.download_button]
    assert labels == [
        f"notes.txt text/plain, {len(TEXT)} bytes",
        f"paper.pdf application/pdf, {len(PDF)} bytes",
    ]
    assert stored(page).title == "Look"


def test_sound_is_played(page: AppTest) -> None:
    """It may be recorded where the endpoint takes it; files alone give the conversation its title."""
    assert page.chat_input(key="composer").proto.accept_audio
    send(page, "", speech_wav=spoken())
    (content,) = sent(page)[0]["content"]
    assert (content["type"], content["mime_type"]) == ("audio", "audio/wav")
    assert len(page.main.get("audio")) == 1
    assert "speech.wav" in seen(page)
    assert stored(page).title == "speech.wav"


def test_the_same_file_may_be_in_every_turn(page: AppTest) -> None:
    for _ in range(2):
        send(page, "Again", paper_pdf=PDF)
        assert not page.exception
    assert len([each for each in page.main.download_button if "paper" in each.label]) == 2


def test_what_the_endpoint_does_not_take_is_refused_and_the_text_comes_back(page: AppTest) -> None:
    """Nothing is stored, and the reason says what is taken; the next message goes out."""
    send(page, "Look", data_zip=b"PK\3\4\0")
    (error,) = page.error
    said = unescape(error.value)
    assert said.startswith("“data.zip” (application/zip) cannot be sent: this endpoint takes image/png,")
    assert said.endswith(words.ATTACH_AGAIN)
    assert page.chat_input(key="composer").proto.value == "Look"
    assert not workspace().library.conversations(page.session_state["_owner"])
    send(page, "Look", empty_txt=b"")
    assert "is empty" in page.error[0].value
    send(page, "Look", dot_png=PNG)
    assert not page.error
    assert len(stored(page).turns) == 1
    send(page, "Look", data_zip=b"PK\3\4\0")
    assert len(stored(page).turns) == 1, "the conversation that is open stays open"


def test_an_endpoint_without_ears_offers_no_recording(page: AppTest, environ: pytest.MonkeyPatch) -> None:
    environ.setattr(Gemini, "can", msgspec.structs.replace(Gemini.can, media=("image/",)))
    page.run()
    assert not page.chat_input(key="composer").proto.accept_audio


def test_a_command_with_a_file_is_a_message(page: AppTest) -> None:
    send(page, "/new", notes_txt=TEXT)
    assert sent(page)[0]["content"][0]["text"] == "/new"


def test_other_words_and_another_answer_keep_the_files(page: AppTest) -> None:
    send(page, "Look", dot_png=PNG)
    press(page, "edit")
    area = next(area for area in page.text_area if str(area.key).startswith("edited_"))
    assert area.value == "Look"
    assert any("dot" in caption.value for caption in page.main.caption)
    area.set_value("See")
    press(page, "edit_send")
    assert [part.get("text", part["type"]) for part in sent(page)[0]["content"]] == ["See", "image"]
    assert "dot.png" in seen(page)
    press(page, "refresh")
    assert sent(page) == sent(page, -2)
    assert len(stored(page).turns) == 3


def test_a_turn_with_files_is_forked_carried_and_shown_again(page: AppTest) -> None:
    """It looks the same everywhere, with the names of the files, and its history goes along with them."""
    send(page, "Look", dot_png=PNG, paper_pdf=PDF)
    origin, files = stored(page), [button.label for button in page.main.download_button]
    press(page, "fork_right")
    assert stored(page).id != origin.id
    assert [button.label for button in page.main.download_button] == files
    owner = page.session_state["_owner"]
    file = workspace().cassettes.export(owner, origin.id)
    made = workspace().cassettes.import_(owner, file)
    assert workspace().cassettes.export(owner, made) == file
    page.session_state["_conversation"] = made
    page.query_params["conversation"] = made
    page.run()
    assert [button.label for button in page.main.download_button] == files
    assert "dot.png" in seen(page)
    send(page, "And now?")
    first, *_ = sent(page)
    assert [part["type"] for part in first["content"]] == ["text", "image", "document"]
    assert all("name" not in part for part in first["content"])
    page.session_state["log_export"] = True
    page.run()
    page.button(key="replay_at_once").click().run()
    assert not page.exception
    assert [button.label for button in page.main.download_button if "paper" in button.label] == files[:1]


def test_what_waits_is_told_by_its_text_or_its_files(page: AppTest) -> None:
    """Behind a turn that did not end well, which holds it."""
    send(page, "Cut the stream after 8 events and forget it.")
    owner, (turn,) = page.session_state["_owner"], stored(page).turns
    for number, text in enumerate(("Look", "")):
        said = message(text, [File("dot.png", "", PNG)], ("image/",))
        waiting = Prompt(f"p{number}", said, turn.prompt.options)
        workspace()._store.enqueue(owner, turn.conversation, waiting)
    page.run()
    assert [text.value for text in page.text][-2:] == ["Look", "dot.png"]
