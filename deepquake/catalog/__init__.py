"""Events and picks: every format in, one catalog.json out."""
