"""The protocols that are built in, each with its profile."""

from __future__ import annotations

from collections.abc import Mapping

from interactions.providers.anthropic.profile import PROFILE as ANTHROPIC
from interactions.providers.chat.profile import PROFILE as CHAT
from interactions.providers.gemini.profile import PROFILE as GEMINI
from interactions.providers.gemini.profile import SERVICE
from interactions.providers.generate_content.profile import PROFILE as GENERATE_CONTENT
from interactions.providers.lmstudio.profile import PROFILE as LM_STUDIO
from interactions.providers.profile import Profile, Service
from interactions.providers.responses.profile import PROFILE as RESPONSES

PROFILES: Mapping[str, Profile] = {
    # First, because the words of its refusals that it shares with the next one mean less there.
    "gemini_generate_content": GENERATE_CONTENT,
    "gemini": GEMINI,
    "anthropic": ANTHROPIC,
    "openai_responses": RESPONSES,
    "lmstudio": LM_STUDIO,
    "openai_chat": CHAT,
}
NATIVE = "gemini"  # the protocol of the endpoint that is always there, and of the oldest turns
COMMON = "openai_chat"  # what most servers speak that are no vendor's
HOME: Service = SERVICE  # whose the endpoint is that is always there
