"""What the session sends for the P&L of positions: one stream each, cancelled once."""

import asyncio
from typing import Any

import pytest

from trading.gateway.accounts_feed import AccountsFeed
from trading.gateway.ib_library import load_ib_library
from trading.gateway.ib_session import IbSession
from trading.gateway.ib_wrapper import IbWrapper

KEY = ("DU1000001", 265598)
REQUEST, CANCEL = 94, 95


async def test_a_stream_that_is_given_up_is_cancelled_once_and_may_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    quotes: Any = None
    news = asyncio.Event()
    wrapper = IbWrapper(accounts=AccountsFeed(), quotes=quotes, on_system=lambda *_: None, on_record=news)
    session = IbSession(load_ib_library(), wrapper, on_end=lambda _: None)
    sent: list[tuple[Any, ...]] = []
    monkeypatch.setattr(session.client, "send", lambda *fields: sent.append(fields))
    first = await session.stream_position_pnl(*KEY)
    assert session.position_streams == [KEY]
    await session.end_position_pnl(*KEY)
    await session.end_position_pnl(*KEY)
    assert session.position_streams == []
    second = await session.stream_position_pnl(*KEY)
    assert [fields[:2] for fields in sent] == [(REQUEST, first), (CANCEL, first), (REQUEST, second)]
