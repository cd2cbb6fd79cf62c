"""Folders that a command writes, and finished runs read back from them."""
