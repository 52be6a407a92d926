"""One machine's desk: embedded servers, the processes of the desk, and who starts, watches and stops them.

Nothing here needs Django to be configured: the settings themselves ask this package for addresses and secrets.
"""
