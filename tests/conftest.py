"""Settings that every test shares."""

import os

from hypothesis import settings

# The quick check looks at a few examples of each property, CI at many.
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=150, deadline=None)
settings.load_profile("thorough" if os.environ.get("CI") else "quick")
