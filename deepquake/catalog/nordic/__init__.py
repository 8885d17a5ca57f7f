"""The Nordic format: s-files of SEISAN, read and written."""
