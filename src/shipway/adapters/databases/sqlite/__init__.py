"""SQLite, for local development: `sqlite:///shop.db`."""
