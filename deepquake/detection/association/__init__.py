"""From arrivals at stations to events."""
