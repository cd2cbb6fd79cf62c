"""The only door: documents in, typed objects out."""
