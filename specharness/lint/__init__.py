"""Preference pairs and specs looked over before anything is paid for."""
