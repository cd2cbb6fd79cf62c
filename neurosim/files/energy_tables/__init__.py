"""Energy tables read from YAML and CSV, located, validated and converted to pJ."""
