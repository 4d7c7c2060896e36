"""What every way in to pods has in common: a kept wish, pods that take requests or not, and what Services know."""
