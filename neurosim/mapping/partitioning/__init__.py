"""How layers are cut into partitions, one a core: what a partition demands, and which partitionings fit together."""
