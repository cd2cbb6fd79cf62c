"""Networks of clipped, quantised activations, trained for spikes; needs the extra ``train``."""
