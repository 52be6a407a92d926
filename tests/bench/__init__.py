"""`make bench`: hot paths of a running desk, each beside a floor measured in the same run (performance.md)."""
