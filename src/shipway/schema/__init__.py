"""Changes of a database schema that users do not notice: what is dangerous, and how it is done without danger."""
