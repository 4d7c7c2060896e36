"""Who shows features to users: one file an adapter."""
