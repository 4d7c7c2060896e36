"""Version 1: a customer has an `email`."""

JOIN = "INSERT INTO users (email) VALUES (%s) RETURNING id"
MOVE = "UPDATE users SET email = %s WHERE id = %s"
READ = "SELECT email FROM users WHERE id = %s"
