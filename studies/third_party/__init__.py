"""A third-party ReLU network, converted without training."""
