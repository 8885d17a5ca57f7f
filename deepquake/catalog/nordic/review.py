"""Which events of a catalogue a person has looked at.

Step 6 signs its s-files with an operator code that no other program of ours uses. SEISAN signs an
event anew whenever somebody locates or registers it, and takes the sign of an automatic pick away
where it is read again.
"""

AUTOMATIC_OPERATOR = "DEQ"  # of the last action on events that step 6 has found
