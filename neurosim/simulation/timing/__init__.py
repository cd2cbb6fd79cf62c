"""How long it takes: planned phases performed on the chip."""
