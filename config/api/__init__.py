"""What every API request passes through: context, authentication, parsing, throttling, errors, schema."""
