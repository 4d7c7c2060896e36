"""Where replicas run: one module or package for each platform, named by its word in the release file."""
