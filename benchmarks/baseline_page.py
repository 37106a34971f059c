"""The obvious page, to compare with: `st.write_stream` on the right, `st.json` for each event on the left."""

import json
import os
from collections.abc import Iterator

import httpx
import streamlit as st
from httpx_sse import connect_sse
from streamlit.delta_generator import DeltaGenerator

URL = os.environ.get("INTERACTIONS_BASE_URL", "http://127.0.0.1:8700") + "/v1beta/interactions"


def words(prompt: str, log: DeltaGenerator) -> Iterator[str]:
    body = {"model": "bench", "input": prompt, "stream": True}
    with httpx.Client(timeout=60) as client, connect_sse(client, "POST", URL, json=body) as source:
        for sse in source.iter_sse():
            if sse.data == "[DONE]":
                return
            event = json.loads(sse.data)
            log.json(event)
            if event["event_type"] == "step.delta":
                yield event["delta"]["text"]


st.set_page_config(layout="wide")
left, right = st.columns(2)
log = left.container(key="event_log")
conversation = right.container(key="conversation")
history = st.session_state.setdefault("history", [])

for role, text in history:
    conversation.chat_message(role).write(text)

if prompt := st.chat_input("Ask something"):
    conversation.chat_message("user").write(prompt)
    with conversation.chat_message("assistant"):
        answer = st.write_stream(words(prompt, log))
    history += [("user", prompt), ("assistant", answer)]
