"""The layouts that are known, one family per module."""
