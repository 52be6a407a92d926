"""Markets a simulator begins with."""

import json
from pathlib import Path
from typing import Any

import pytest
from tws_simulator.market_file import MarketFileError, apply_market_file
from tws_simulator.session.rights import Right


def written(path: Path, content: Any) -> Path:
    file = path / "market.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_processes_liquidity_and_rights_are_there_from_the_beginning(desk: Any, tmp_path: Path) -> None:
    content = {
        "processes": [{"symbol": "AAPL", "kind": "constant", "price": "150"}],
        "liquidity": {"MSFT": 0.5},
        "data": {"default": "delayed", "single": {"AAPL": "live"}, "lines": 7},
    }
    apply_market_file(desk.gateway, written(tmp_path, content))
    assert desk.broker.quote(265598).last == 150
    assert desk.broker.market.liquidity == {272093: 0.5}
    data = desk.gateway.data
    assert (data.default, data.single, data.lines) == (Right.DELAYED, {265598: Right.LIVE}, 7)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{broken", "market.json"),
        ([], "object"),
        ({"prices": []}, "object"),
        ({"processes": {}}, "list"),
        ({"processes": [{"symbol": "NOSUCH", "kind": "constant", "price": "1"}]}, "NOSUCH"),
        ({"processes": [{"symbol": "AAPL", "kind": "constant", "bid": "2", "ask": "1"}]}, "AAPL: .*below"),
        ({"liquidity": {"AAPL": -1}}, "liquidity"),
        ({"data": {"default": "some"}}, "some"),
        ({"data": {"lines": -1}}, "lines"),
    ],
)
def test_an_impossible_file_is_refused_whole(desk: Any, tmp_path: Path, content: Any, reason: str) -> None:
    with pytest.raises(MarketFileError, match=reason):
        apply_market_file(desk.gateway, written(tmp_path, content))
    assert desk.broker.market.chosen() == {}
    assert desk.gateway.data.default is Right.LIVE
