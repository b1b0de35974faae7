"""The scorer `judge`: a model is shown both responses, in both orders, and says which is better."""
