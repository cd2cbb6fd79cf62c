"""One file a verb: its options, its line of help and its Python call; heavy imports wait until it runs."""
