"""The playground: a conversation, and the stream behind it."""

from interactions.ui import playground

playground.draw()
