"""Records from a SeedLink server, received into an archive on disk."""
