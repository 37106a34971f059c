"""From bytes to frames: transport, server-sent events, the journal, and what is never written into it."""
