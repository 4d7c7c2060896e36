"""How applications are usually started, one file per stack. Each has `guess(listing)`: what it found, or none."""
