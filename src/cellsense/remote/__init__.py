"""A server that classifies instead of this machine: what its client knows of it.

`cellsense.serving` is that server; it shares the rules for addresses and tokens with its client.
"""
