"""A workload becomes a result: simulate, evaluate, sweep, train."""
