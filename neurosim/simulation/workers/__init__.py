"""Processes that share the images, and the time that compilation takes."""
