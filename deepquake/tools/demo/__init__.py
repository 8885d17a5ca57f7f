"""Synthetic seismograms of a small invented network: demonstration data, never evidence."""
