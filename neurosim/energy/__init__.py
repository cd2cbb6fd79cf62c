"""What the counted operations cost."""
