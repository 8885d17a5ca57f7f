"""The data doctor: what a data set holds, and what step 1 would find."""
