"""Precision: clip values, channel scales, and real weights rounded to integers of the chip's widths."""
