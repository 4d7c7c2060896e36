"""What lies below SHIPWAY_HOME: how much, what may go, and whether there is room for more."""
