"""Data sets in the format of SeisBench: read, taken in, and written."""
