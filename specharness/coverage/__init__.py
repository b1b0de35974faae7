"""Rule coverage: which rules of a spec do the suite's pairs exercise?"""
