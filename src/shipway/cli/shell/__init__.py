"""What all commands share: the terminal, errors, parameters, finding the service, asking and following."""
