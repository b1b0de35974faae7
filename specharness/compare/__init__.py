"""Comparing arms on the same pairs: records, statistics, the run, its pages and its command."""
