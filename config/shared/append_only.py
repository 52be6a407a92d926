"""Database triggers that make a table append-only, whoever writes to it."""

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """UPDATE, DELETE and TRUNCATE are refused by PostgreSQL itself."""
    return [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete), _no_truncate()]


def never_removed() -> list[pgtrigger.Trigger]:
    """DELETE and TRUNCATE are refused by PostgreSQL itself."""
    return [pgtrigger.Protect(name="never_removed", operation=pgtrigger.Delete), _no_truncate()]


def facts_stay(*, may_change: list[str], but_not: pgtrigger.Q) -> list[pgtrigger.Trigger]:
    """An UPDATE of any other column is refused by PostgreSQL itself, and one that `but_not` describes."""
    others = pgtrigger.AnyChange(exclude=may_change)
    return [
        pgtrigger.Protect(name="facts_stay", operation=pgtrigger.Update, condition=others),
        pgtrigger.Protect(name="no_way_back", operation=pgtrigger.Update, condition=but_not),
    ]


def _no_truncate() -> pgtrigger.Trigger:
    """TRUNCATE passes in databases named `test_…`: Django's transactional tests clean up with it."""
    return pgtrigger.Trigger(
        name="no_truncate",
        level=pgtrigger.Statement,
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        func=pgtrigger.Func(
            """
                IF current_database() LIKE 'test\\_%' THEN
                    RETURN NULL;
                END IF;
                RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;
                """
        ),
    )
