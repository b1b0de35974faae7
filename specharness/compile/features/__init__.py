"""Measured properties of a response given its prompt: 16 families, and how pairs vote on them."""
