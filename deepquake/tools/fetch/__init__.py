"""Records, stations and events from FDSN servers."""
