"""Trained networks without TensorFlow: what they are made of, and NumPy alone to run them."""
