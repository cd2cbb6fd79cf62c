"""A network on a chip under a schedule: simulated, counted and checked; energy is priced elsewhere."""
