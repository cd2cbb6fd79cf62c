"""A run over time, for Perfetto."""
