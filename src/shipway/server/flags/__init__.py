"""The flag server: OFREP for anyone, a stream for our SDK, management for people and programs."""
