"""Where Shipway remembers: one file for each kind of store. Tables and statements are shared."""
