"""Step 6 over records that are still coming in."""
