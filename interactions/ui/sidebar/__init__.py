"""The sidebar and its popovers: library, settings, presets, endpoints, files."""
