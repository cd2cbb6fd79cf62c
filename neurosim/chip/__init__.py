"""What the silicon is: cores, routers, barriers and the time they take."""
