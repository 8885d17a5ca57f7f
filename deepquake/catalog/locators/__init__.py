"""Files of location programs and associators: fixed columns, no header, told by content."""
