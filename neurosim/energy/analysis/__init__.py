"""What follows from energies: baseline accelerators, ratios, break-even activity, sensitivity to prices."""
