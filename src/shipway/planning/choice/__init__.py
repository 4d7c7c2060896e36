"""Which strategy fits a change and a service: tables as data, and one function that applies them."""
