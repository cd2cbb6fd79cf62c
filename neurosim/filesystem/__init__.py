"""Files that are read without surprises and written whole or not at all."""
