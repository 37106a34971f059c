"""What one browser tab remembers: session state, and the callbacks that change it."""
