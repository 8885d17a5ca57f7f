"""Steps 1 to 3: which windows there are, what each is and why."""
