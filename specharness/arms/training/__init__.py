"""Adapters trained on pairs, in a process of their own: settings, the process, the arms."""
