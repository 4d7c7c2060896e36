"""MariaDB, by PyMySQL, which is imported when it is used."""
