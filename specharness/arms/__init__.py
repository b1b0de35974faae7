"""Ways of conditioning a model, one noun a file: each makes a condition of the pairs to fit on."""
