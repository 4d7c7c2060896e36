"""Where a flag server keeps its flags: per environment, with versions, and every change for good."""
