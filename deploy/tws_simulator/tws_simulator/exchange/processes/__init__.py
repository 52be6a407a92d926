"""Where prices come from: seeded paths, scripts, bars of a file, recorded quotes, and derivatives."""
