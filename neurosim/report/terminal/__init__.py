"""What a terminal shows: summaries, tables and progress bars."""
