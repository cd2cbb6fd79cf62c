"""Projections: the synapses from one layer into another, and their windows over a map or a graph."""
