"""Pages whose tables, listings and sessions are generated from the code."""
