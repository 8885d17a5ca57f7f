"""Settings, command line, errors, reports, files, times, text, progress, workers."""
