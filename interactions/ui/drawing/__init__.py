"""How foreign text gets onto a page: as data, within limits, and never as markup."""
