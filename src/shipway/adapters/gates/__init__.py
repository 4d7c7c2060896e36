"""Gates: one file each, by its name."""
