"""A spec is code, preference pairs are its tests."""
