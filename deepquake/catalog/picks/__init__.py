"""Lists of picks: the columns of many programs, and which picks are of one earthquake."""
