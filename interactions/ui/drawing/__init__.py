"""Foreign text on the page: shown as data, within limits, never as markup."""
