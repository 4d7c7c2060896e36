"""Pictures and pages for people, from values: pure, but for what writes a file."""
