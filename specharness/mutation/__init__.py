"""Mutation testing: would the suite's pairs notice if somebody spoiled the spec?"""
