"""Records the traffic between any client and any gateway, serves a recording to a client, and compares.

A recording is cut into messages: how the network split or joined them is not kept. See `file.py` for the format.
"""
