"""The core: synapse unit, neuron unit, and the packets that its neurons send."""
