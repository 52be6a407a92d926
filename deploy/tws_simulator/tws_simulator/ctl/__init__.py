"""`python -m tws_simulator ctl …`: steer a running simulator from a shell."""
