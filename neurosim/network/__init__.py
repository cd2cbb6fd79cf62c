"""What is computed: layers, graphs, the zoo and the readers of foreign weights."""
