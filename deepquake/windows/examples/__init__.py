"""What steps 2 and 3 write: windows and excerpts as TFRecords, false alarms among them."""
