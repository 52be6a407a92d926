"""Database triggers that make a table append-only, whoever writes to it."""

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """UPDATE, DELETE and TRUNCATE are refused by PostgreSQL itself.

    TRUNCATE passes in databases named `test_…`: Django's transactional tests clean up with it.
    """
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
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
        ),
    ]
