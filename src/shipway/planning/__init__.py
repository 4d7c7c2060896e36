"""Pure: from what a user wants and what is proven to a plan. Strategies only write tables."""
