"""REST of instruments, quotes and bars."""
