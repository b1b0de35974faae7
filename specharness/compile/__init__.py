"""The compiler: from an instruction and preference pairs to a spec."""
