"""The spec over time: what each commit that touched it did to the suite's pairs."""
