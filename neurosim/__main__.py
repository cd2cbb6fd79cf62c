"""``python -m neurosim``: the command without its script."""

from neurosim.cli import main

main()
