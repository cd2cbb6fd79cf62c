"""Where each neuron is: one file per mapper, and what their placements rest on."""
