"""Blame: which of the edited rules carry a loss?"""
