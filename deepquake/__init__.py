"""DeepQuake: train a neural network on a seismic archive and find earthquakes with it."""

__version__ = "1.0.0"
