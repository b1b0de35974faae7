"""The ledger: accepted verdicts chained by digests, the anchor, and their verification."""
