"""One script per claim. Each compares with a named peer or a reference operation of the same run."""
