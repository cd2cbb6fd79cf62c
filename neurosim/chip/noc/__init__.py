"""The network on chip: the rules of its routers, one module for each model of it, and the barrier."""
