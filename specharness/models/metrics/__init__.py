"""Metrics of deepeval in the judge's place: `judge.model = "deepeval:pkg.module:make"`."""
