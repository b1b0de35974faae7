"""Running a compilation: files in, spec.md and its lock out, and its words and commands."""
