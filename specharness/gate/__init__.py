"""The gate: statistics over preferences, and the verdict they allow."""
