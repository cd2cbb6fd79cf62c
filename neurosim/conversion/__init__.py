"""From an artificial network to a spiking one, in exact integers."""
