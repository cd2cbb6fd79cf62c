"""The silicon: cores, the NoC between them, the barrier, and the ticks each of them takes."""
