"""A run, an evaluation or a sweep as plain data: JSON objects and tables."""
