"""Where stations and sources are, when waves arrive, which region."""
