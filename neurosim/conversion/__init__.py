"""Conversion of an artificial neural network into a spiking one, in exact integers."""
