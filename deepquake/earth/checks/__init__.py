"""Holding events, picks and stations against each other."""
