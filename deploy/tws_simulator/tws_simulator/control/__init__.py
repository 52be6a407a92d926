"""The control port: see and steer a running simulator over HTTP and JSON."""
