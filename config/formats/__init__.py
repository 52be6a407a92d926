"""How dates look on pages (Django reads this package through FORMAT_MODULE_PATH)."""
