"""One file per weight format."""
