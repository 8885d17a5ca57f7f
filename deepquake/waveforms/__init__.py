"""Records: found, joined, read, filtered, judged alive."""
