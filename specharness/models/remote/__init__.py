"""Models behind an API, asked through litellm (extra `remote`)."""
