"""From curves of probability to arrivals, and what those are worth."""
