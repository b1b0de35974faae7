"""Models: embedded, local, recorded."""
