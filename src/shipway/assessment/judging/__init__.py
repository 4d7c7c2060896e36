"""What makes a change risky: one file for each thing that is looked at."""
