"""Version 2: a customer has an `email_address`, and knows nothing of `email`."""

JOIN = "INSERT INTO users (email_address) VALUES (%s) RETURNING id"
MOVE = "UPDATE users SET email_address = %s WHERE id = %s"
READ = "SELECT email_address FROM users WHERE id = %s"
