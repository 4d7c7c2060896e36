"""One file for each operation that MariaDB has. The word is the path."""
