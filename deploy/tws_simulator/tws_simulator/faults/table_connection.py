"""Switches of the socket, the handshake and the pace."""

from tws_simulator.faults.spec import FaultSpec

_NOBODY: tuple[str, ...] = ()
"""Who connects is not known yet."""

CONNECTION: dict[str, FaultSpec] = {
    "refuse_connections": FaultSpec(
        "a new connection is closed at once, as by a proxy in front of a stopped Gateway", filters=_NOBODY
    ),
    "accept_then_eof": FaultSpec(
        "a new connection is accepted, and ended (FIN) after so many milliseconds, as by socat",
        {"ms": int},
        {"ms": 0},
        filters=_NOBODY,
    ),
    "stall_handshake": FaultSpec("a new connection is accepted and never answered", filters=_NOBODY),
    "coalesce_handshake": FaultSpec(
        "the version frame, the accounts, the next valid id and the farm notices leave in one write before startApi: "
        "the official client throws away what follows the first frame and hangs",
        filters=_NOBODY,
    ),
    "split_handshake": FaultSpec(
        "the version frame leaves in two parts, cut after `bytes` bytes, `ms` milliseconds apart",
        {"bytes": int, "ms": int},
        {"bytes": 6, "ms": 50},
        filters=_NOBODY,
    ),
    "no_next_valid_id": FaultSpec("after startApi no next valid id is sent"),
    "no_managed_accounts": FaultSpec("after startApi no account list is sent"),
    "client_id_in_use": FaultSpec("startApi is answered by error 326 and the connection closed"),
    "lingering_client_id": FaultSpec(
        "after a client's socket is gone its id stays taken (326) for so many seconds", {"seconds": float}
    ),
    "stall": FaultSpec("connections stay open, but nothing is read or sent until it is cleared", lasting=True),
    "delay_ms": FaultSpec("everything sent is delayed", {"ms": int}),
    "slow_output": FaultSpec("output leaves at so many bytes a second", {"bytes_per_second": int}, lasting=True),
    "byte_by_byte": FaultSpec(
        "every byte is a write of its own, `ms` milliseconds apart", {"ms": int}, {"ms": 0}, lasting=True
    ),
    "drop_at_byte": FaultSpec(
        "the socket is cut once `bytes` more bytes have left, or after `bytes` bytes of the next message with this "
        "id; `reset` by RST, else by FIN",
        {"bytes": int, "message": int, "reset": bool},
        {"message": None, "reset": False},
    ),
    "drop_on_request": FaultSpec(
        "the socket is cut the moment one of these requests arrives; `taken` says whether it is still carried out",
        {"requests": list, "taken": bool, "reset": bool},
        {"requests": ["place_order"], "taken": True, "reset": False},
        items={"requests": str},
    ),
    "truncated_frame": FaultSpec(
        "of a message with one of these ids only the first bytes leave, and the stream goes on",
        {"messages": list, "bytes": int},
        items={"messages": int},
    ),
    "no_boundary_guard": FaultSpec(
        "output that is a multiple of 4096 bytes leaves as it is; the official client loses all of such a read",
        lasting=True,
    ),
    "enforce_pacing": FaultSpec(
        "limits count: messages per second and connection (`reject`: error 100, the message is lost and the third "
        "strike disconnects; `queue`: it waits), market data lines (101), depth requests (309), historical requests "
        "(162), one search for symbols a second",
        {"mode": str, "per_second": int, "strikes": int, "lines": int, "depth": int, "history": bool},
        {"mode": "reject", "per_second": 50, "strikes": 3, "lines": 100, "depth": 3, "history": True},
        lasting=True,
        choices={"mode": ("reject", "queue")},
    ),
}
