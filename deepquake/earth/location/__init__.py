"""Where and when an event was, by its arrivals."""
