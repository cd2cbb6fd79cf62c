"""Page geometry: the style of all figures, the mesh and its regions."""
