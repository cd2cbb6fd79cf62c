"""A ReLU network of others, converted without training."""
