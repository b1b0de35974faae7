"""Scoring: how preference is measured, and whether a model may be believed."""
