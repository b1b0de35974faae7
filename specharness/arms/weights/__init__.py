"""Differences of weights: read from checkpoints and adapters, added with a factor, taken back."""
