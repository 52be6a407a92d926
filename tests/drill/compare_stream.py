"""Message by message: what the WebSocket client got against the table of events, and its last word against REST."""

from tests.drill.books import Books, Findings
from tests.drill.listener import Listener

_ORDER_WORDS = ("status", "filled_quantity", "quantity", "limit_price", "stop_price", "commission", "last_event_seq")
_FILL_WORDS = ("quantity", "price", "commission", "is_current", "order_id")


def compare_stream(books: Books, listener: Listener, findings: Findings) -> None:
    """Every event once, unbroken, with the row's own words."""
    findings.stream_gaps += listener.gaps
    if listener.resets:
        findings.stream_gaps.append(f"told {listener.resets} times to start over, and nothing had been pruned")
    missed = [seq for seq in books.stream if seq not in listener.seen]
    if missed:
        findings.stream_gaps.append(f"{len(missed)} events never came, the first is {min(missed)}")
    invented = [seq for seq in listener.seen if books.stream and seq not in books.stream and seq <= max(books.stream)]
    if invented:
        findings.stream_wrong.append(f"{len(invented)} events came that the table does not have: {invented[:5]}")
    other = [seq for seq, said in listener.seen.items() if books.stream.get(seq, said) != said]
    if other:
        findings.stream_wrong.append(f"{len(other)} events said something else than their rows: {other[:5]}")
    for order in books.orders:
        _last_word(f"{order['client_order_id']}", order, listener.orders.get(order["id"]), _ORDER_WORDS, findings)
    for fill in books.fills:
        _last_word(f"fill {fill['exec_id']}", fill, listener.fills.get(fill["id"]), _FILL_WORDS, findings)


def _last_word(
    name: str, now: dict[str, object], told: dict[str, object] | None, words: tuple[str, ...], findings: Findings
) -> None:
    if told is None:
        findings.stream_wrong.append(f"{name}: no event ever told of it")
        return
    stale = [word for word in words if told[word] != now[word]]
    if stale:
        findings.stream_wrong.append(
            f"{name}: " + ", ".join(f"{word} was last told as {told[word]}, is {now[word]}" for word in stale)
        )
