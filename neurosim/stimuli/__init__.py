"""One file per kind of stimulus."""
