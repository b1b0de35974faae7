"""Rules proposed and measured by a language model, through the `Model` protocol."""
