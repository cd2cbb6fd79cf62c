"""Where each neuron lives: one file per mapper."""
