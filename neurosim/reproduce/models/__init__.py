"""Models of the papers in plain NumPy; they share no code with the simulator."""
