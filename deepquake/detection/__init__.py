"""Step 6: a network over records, and what it finds."""
