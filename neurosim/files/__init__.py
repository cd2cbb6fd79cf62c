"""Documents in, typed and validated objects out; the only room that reads YAML."""
