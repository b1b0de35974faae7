"""The scorer `generate`: the model answers under both specs, and a judge compares the replies."""
