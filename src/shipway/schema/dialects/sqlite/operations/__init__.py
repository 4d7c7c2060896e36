"""One file for each operation that SQLite has. The word is the path."""
