"""Pure: from values to lines of at most 80 columns. Signs stand beside colours, so that no colour is needed."""
