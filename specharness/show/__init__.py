"""A look at preference data: what is in it, and what cannot be told from it.

`looking.look` is the whole of it; `terminal` and `html` show what it finds.
"""
