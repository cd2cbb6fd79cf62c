"""Cycle-level neuromorphic chip simulator and energy estimator."""

__version__ = "0.1.0"
