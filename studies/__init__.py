"""Programs that measure what the pages of docs/ tell, and write those pages."""
