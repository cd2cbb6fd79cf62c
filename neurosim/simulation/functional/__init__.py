"""What the neurons compute, without a clock: by events, in batches, and the golden model to check them against."""
