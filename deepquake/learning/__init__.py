"""Steps 4 and 5: networks, training, checkpoints, scores."""
