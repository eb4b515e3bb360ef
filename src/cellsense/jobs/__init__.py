"""Runs over many files: which ones, where their results go, what is done already, what came of it.

Each module imports only from those before it: records, done, how, find, plan, decide, run, report.
"""
