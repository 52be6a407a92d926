"""Rules of trading in plain Python; no framework, no clock, no database."""
