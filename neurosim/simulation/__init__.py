"""A network on a chip under a schedule, run and counted. Nothing here knows a joule."""
