"""What decides who comes in and what they may do: roles, keys, tokens, second factors. Services, one file a subject."""
