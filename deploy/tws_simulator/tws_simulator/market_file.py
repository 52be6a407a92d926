"""The file of `--market`: price processes, liquidity and data rights a simulator begins with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tws_simulator.exchange.instruments import Instrument
from tws_simulator.exchange.processes.base import ProcessError
from tws_simulator.gateway import Gateway
from tws_simulator.session.rights import Right

_KEYS = {"processes", "liquidity", "data"}
_LIMITS = ("lines", "depth_requests", "tick_by_tick_requests")


class MarketFileError(ValueError):
    """The file cannot be read, or says what cannot be."""


def apply_market_file(gateway: Gateway, path: Path) -> None:
    """Begin with what the file says: the same JSON as `POST /market/…` takes, under the keys processes (a list),
    liquidity (factors by symbol) and data. Raises MarketFileError, and then nothing has begun.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MarketFileError(f"{path}: {error}") from None
    if not isinstance(content, dict) or set(content) - _KEYS:
        raise MarketFileError(f"{path}: an object with any of {', '.join(sorted(_KEYS))}")
    market, now = gateway.broker.market, gateway.clock.now()
    processes = [(_instrument(gateway, row), _spec(row)) for row in _list(content, "processes")]
    liquidity = [
        (_named(gateway, symbol), _number(factor, symbol)) for symbol, factor in _object(content, "liquidity").items()
    ]
    for instrument, spec in processes:
        try:
            market.check_process(instrument, spec, now)
        except ProcessError as error:
            raise MarketFileError(f"{instrument.symbol}: {error}") from None
    _apply_data(gateway, _object(content, "data"))
    for instrument, spec in processes:
        market.set_process(instrument, spec, now)
    for instrument, factor in liquidity:
        market.set_liquidity(instrument, factor)


def _apply_data(gateway: Gateway, data: Mapping[str, Any]) -> None:
    unknown = set(data) - {"default", "single", *_LIMITS}
    if unknown:
        raise MarketFileError(f"data: unknown keys {', '.join(sorted(unknown))}")
    try:
        default = Right(data.get("default", gateway.data.default))
        single = {_named(gateway, name).con_id: Right(right) for name, right in _object(dict(data), "single").items()}
    except ValueError as error:
        raise MarketFileError(f"data: {error}") from None
    for name in _LIMITS:
        limit = data.get(name, 0)
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise MarketFileError(f"data: {name} must be a whole number of at least 0")
    gateway.data.default = default
    gateway.data.single.update(single)
    for name in _LIMITS:
        if name in data:
            setattr(gateway.data, name, data[name])


def _spec(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "symbol"}


def _instrument(gateway: Gateway, row: object) -> Instrument:
    if not isinstance(row, dict):
        raise MarketFileError("processes: each must be an object")
    return _named(gateway, row.get("symbol"))


def _named(gateway: Gateway, name: object) -> Instrument:
    book = gateway.broker.book
    text = str(name)
    found = book.get(int(text)) if text.isascii() and text.isdigit() else book.by_symbol(text)
    if found is None:
        raise MarketFileError(f"there is no instrument {text[:60]!r}")
    return found


def _number(value: object, symbol: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise MarketFileError(f"liquidity: {symbol} needs a number of at least 0")
    return float(value)


def _list(content: dict[str, Any], key: str) -> list[Any]:
    value = content.get(key, [])
    if not isinstance(value, list):
        raise MarketFileError(f"{key} must be a list")
    return value


def _object(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key, {})
    if not isinstance(value, dict):
        raise MarketFileError(f"{key} must be an object")
    return value
