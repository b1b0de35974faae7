"""SpecBench: how well a model keeps written specifications, safety and behaviour, by a judge."""
