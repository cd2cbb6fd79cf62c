"""When the work is done: one file per schedule."""
