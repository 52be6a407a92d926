"""A silent socket looks alive for ever; only an unanswered question shows it (field guide §4.4).

It is found out within ten seconds in every state: while shaking hands nothing can be asked, so silence itself is the
sign; from then on whoever has been quiet for a while is asked for the time.
"""

import asyncio
import time
from collections.abc import Callable

from trading.gateway.ib_session import AnswerMissing, IbSession
from trading.gateway.ib_wrapper import RequestRefused

HANDSHAKE_SILENCE = 9.0
"""Seconds without a byte after which a handshake is given up."""
QUIET = 3.0
"""Seconds without a byte after which IB is asked for the time."""
PROBE_TIMEOUT = 5.0
UNANSWERED_PROBES = 3
"""So many questions in a row without an answer end a connection over which other data still comes."""
LOOK_EVERY = 0.25


async def handshake_is_silent(session: IbSession) -> None:
    """Returns once nothing has come for too long."""
    while time.monotonic() - session.wrapper.last_heard < HANDSHAKE_SILENCE:
        await asyncio.sleep(LOOK_EVERY)


async def watch(session: IbSession, *, give_up: Callable[[str], None]) -> None:
    """From the handshake to the end, whatever else goes on; calls `give_up` with the reason, for people."""
    unanswered = 0
    while True:
        await asyncio.sleep(LOOK_EVERY)
        heard = session.wrapper.last_heard
        if time.monotonic() - heard < QUIET:
            continue
        try:
            await _is_answered(session)
            unanswered = 0
        except AnswerMissing:
            unanswered += 1
            if session.wrapper.last_heard == heard:
                give_up("IB has gone silent: the socket is open but nothing answers")
            elif unanswered >= UNANSWERED_PROBES:
                give_up("IB has gone silent: data still comes, but questions are not answered")
        except ConnectionError:
            give_up("The connection to IB was lost")


async def _is_answered(session: IbSession) -> None:
    """Raises AnswerMissing, also when the question could not even be put."""
    try:
        async with asyncio.timeout(PROBE_TIMEOUT + 1):
            await session.current_time(timeout=PROBE_TIMEOUT)
    except RequestRefused:
        return  # a refusal is a sign of life
    except TimeoutError:
        raise AnswerMissing("no question can be put") from None
