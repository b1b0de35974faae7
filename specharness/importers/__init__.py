"""Other people's preference data, read into pairs."""
