"""The triggers that protect tables, under the name the models of trading know them by."""

from config.shared.append_only import append_only, facts_stay, never_removed

__all__ = ["append_only", "facts_stay", "never_removed"]
