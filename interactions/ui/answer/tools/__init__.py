"""Tools as a person reads them: what each kind was given, and what it has brought."""
