"""Accuracy, confusion and activity of spiking networks over a whole test set; no chip, no clock, no energy."""
