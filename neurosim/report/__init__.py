"""How a run is shown. Nothing here computes physics."""
