"""`make bench`: every hot path as a ratio to a floor measured in the same run."""
