"""Faults of our own side: processes killed, stopped and frozen, databases that restart, hang, or forget."""

from tests.drill.kind import Kind

PROCESSES: tuple[Kind, ...] = (
    Kind("kill_gateway", "kill", "gateway", weight=3, breaks=True),
    Kind("kill_standby", "kill", "standby"),
    Kind("kill_web", "kill", "web", weight=2),
    Kind("kill_worker", "kill", "worker"),
    Kind("kill_beat", "kill", "beat"),
    Kind("kill_postgres", "kill", "postgres", breaks=True),
    Kind("kill_redis", "kill", "redis", weight=2),
    Kind("kill_simulator", "kill", "simulator", weight=2, breaks=True),
    Kind("end_gateway", "end", "gateway", breaks=True),
    Kind("end_web", "end", "web"),
    Kind("end_worker", "end", "worker"),
    Kind("end_redis", "end", "redis"),
    Kind("restart_postgres", "interrupt", "postgres", breaks=True),
    Kind("freeze_gateway", "freeze", "gateway", (2, 12)),
    Kind("freeze_standby", "freeze", "standby", (2, 12)),
    Kind("freeze_web", "freeze", "web", (1, 5)),
    Kind("freeze_simulator", "freeze", "simulator", (1, 12)),
    Kind("freeze_redis", "freeze", "redis", (1, 6)),
    Kind("freeze_postgres", "freeze_all", "postgres", (1, 7)),
    Kind("database_connections_cut", "end_children", "postgres"),
    Kind("flush_redis", "redis", "flush"),
)
