"""What the memories hold: live membranes, waiting spike maps, and what is swapped when layers share cores."""
