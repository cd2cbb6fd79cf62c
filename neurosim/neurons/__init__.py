"""How a membrane behaves: one file per neuron model."""
