"""One package for each protocol, `protocol` for what all of them have to do, `shared` for what they share.

The names here are what a provider of one's own is written with; CONTRIBUTING.md has one that is whole.
"""

from interactions.conversations.history import wire_steps
from interactions.conversations.request import Access, Request, input_steps
from interactions.providers.protocol import Capabilities, Provider
from interactions.providers.shared.gateway import send
from interactions.stream.journal import Frame
from interactions.stream.transport import Call

__all__ = [
    "Access",
    "Call",
    "Capabilities",
    "Frame",
    "Provider",
    "Request",
    "input_steps",
    "send",
    "wire_steps",
]
