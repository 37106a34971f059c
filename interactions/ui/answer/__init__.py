"""The right pane: turns as a person reads them."""
