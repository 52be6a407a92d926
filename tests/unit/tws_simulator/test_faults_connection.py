"""Faults of sockets, handshakes, bytes and pace, as a client with a real socket meets them."""

import asyncio
import time
from typing import Any

import pytest
from tws_simulator.wire.fields import encode_fields
from tws_simulator.wire.framing import frame

from tests.unit.tws_simulator.catalogue import shows
from tests.unit.tws_simulator.fault_helpers import CONTRACT, errors, kinds
from tests.unit.tws_simulator.wire_client import Port, WireClient, port

__all__ = ["port"]
TIME_REPLY = len(frame(b"49\x001\x001796000000\x00"))


@shows(fault="refuse_connections")
async def test_a_connection_is_closed_at_once(port: Port) -> None:
    port.on("refuse_connections", count=1)
    refused = await port.open()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await refused.read()
    assert await (await port.client()).is_alive()


@shows(fault="accept_then_eof")
async def test_a_connection_is_accepted_and_ended(port: Port) -> None:
    port.on("accept_then_eof", ms=20)
    client = await port.open()
    client.hello()
    begun = time.monotonic()
    assert await client.rest() == b""
    assert time.monotonic() - begun > 0.01


@shows(fault="stall_handshake")
async def test_a_handshake_hangs(port: Port) -> None:
    port.on("stall_handshake", count=1)
    client = await port.open()
    client.hello()
    assert await client.is_silent()


@shows(fault="coalesce_handshake")
async def test_the_handshake_comes_with_what_follows_it(port: Port) -> None:
    port.on("coalesce_handshake", count=1)
    client = await port.open()
    client.hello()
    data = await client.bytes_now()
    assert all(part in data for part in (b"178\0", b"15\x001\0DU", b"9\x001\x001\0", b"2104"))
    client.send(71, 2, 1, "")
    assert await client.is_alive()


@shows(fault="coalesce_handshake")
async def test_coalesced_messages_are_not_said_again(port: Port) -> None:
    port.on("coalesce_handshake", count=1)
    client = await port.open()
    client.hello()
    await client.bytes_now()
    client.send(71, 2, 1, "")
    assert await client.is_silent()


@shows(fault="split_handshake")
async def test_the_handshake_comes_in_two_reads(port: Port) -> None:
    port.on("split_handshake", bytes=3, ms=30)
    client = await port.open()
    client.hello()
    assert await client.bytes_now() == b"\0\0\0"
    assert b"178\0" in await client.bytes_now()


@shows(fault="no_next_valid_id")
async def test_no_next_valid_id_comes(port: Port) -> None:
    port.on("no_next_valid_id")
    client = await port.open()
    await client.greet(1)
    assert "9" not in kinds([tuple(row) for row in [await client.read() for _ in range(4)]])


@shows(fault="no_managed_accounts")
async def test_no_accounts_come(port: Port) -> None:
    port.on("no_managed_accounts", client_id=1)
    client = await port.open()
    await client.greet(1)
    assert (await client.read())[0] == "9"


@shows(fault="client_id_in_use")
async def test_the_client_id_is_in_use(port: Port) -> None:
    port.on("client_id_in_use")
    client = await port.open()
    await client.greet(1)
    assert (await client.read())[:4] == ["4", "2", "-1", "326"]
    assert await client.rest() == b""


@shows(fault="lingering_client_id", action="drop_connections")
async def test_a_client_id_lingers_after_a_drop(port: Port) -> None:
    client = await port.client(5)
    port.on("lingering_client_id", seconds=60)
    port.act("drop_connections", client_id=5)
    assert await client.rest() == b""
    port.desk.gateway.faults.clear()
    again = await port.open()
    await again.greet(5)
    assert (await again.read())[3] == "326"
    port.desk.pass_time(60)
    assert await (await port.client(5)).is_alive()


@shows(action="drop_connections")
async def test_a_drop_is_a_fin_or_a_reset(port: Port) -> None:
    one, two = await port.client(1), await port.client(2)
    port.act("drop_connections", client_id=1)
    assert await one.rest() == b""
    port.act("drop_connections", client_id=2, reset=True)
    with pytest.raises(ConnectionResetError):
        await two.rest()


async def test_a_dropped_client_is_gone_at_once_though_it_does_not_read(port: Port) -> None:
    client = await port.client(1)
    client.writer.transport.pause_reading()
    for _ in range(40):
        port.act("error", code=777, text="x" * 500_000)
        await asyncio.sleep(0)
    assert port.desk.gateway.sessions
    port.act("drop_connections")
    assert port.desk.gateway.sessions == {}
    assert await (await port.client(1)).is_alive()


@shows(fault="stall")
async def test_a_stalled_socket_is_open_but_silent(port: Port) -> None:
    stalled, other = await port.client(1), await port.client(2)
    port.on("stall", client_id=1)
    stalled.send(49, 1)
    assert await stalled.is_silent()
    assert await other.is_alive()
    port.desk.gateway.clear_faults()
    assert (await stalled.read())[0] == "49"


@shows(fault="delay_ms")
async def test_everything_is_late(port: Port) -> None:
    client = await port.client()
    port.on("delay_ms", ms=60)
    begun = time.monotonic()
    assert await client.is_alive()
    assert time.monotonic() - begun > 0.05


@shows(fault="slow_output")
async def test_output_trickles(port: Port) -> None:
    client = await port.client()
    port.on("slow_output", bytes_per_second=200)
    begun = time.monotonic()
    assert await client.is_alive()
    assert 0.05 < time.monotonic() - begun < 5
    port.desk.gateway.clear_faults()
    assert await client.is_alive()


@shows(fault="byte_by_byte")
async def test_every_byte_comes_alone(port: Port) -> None:
    client = await port.client()
    port.on("byte_by_byte", ms=2)
    client.send(49, 1)
    assert [len(await client.bytes_now()) for _ in range(3)] == [1, 1, 1]


@shows(fault="byte_by_byte")
async def test_byte_by_byte_keeps_what_comes_meanwhile_in_order(port: Port) -> None:
    client = await port.client()
    port.on("byte_by_byte", ms=1)
    client.place(1)
    port.desk.gateway.clear_faults("byte_by_byte")
    client.send(49, 1)
    assert [row[0] for row in await client.until("49")] == ["5", "3", "11", "5", "3", "5", "3", "59", "49"]


@shows(fault="drop_at_byte")
@pytest.mark.parametrize("size", [0, 1, 4, 7, TIME_REPLY - 1, TIME_REPLY + 5])
async def test_the_socket_ends_at_any_byte(port: Port, size: int) -> None:
    client = await port.client()
    port.on("drop_at_byte", bytes=size, count=1)
    client.send(49, 1)
    client.send(49, 1)
    assert len(await client.rest()) == size
    assert port.desk.gateway.faults.describe() == {}


@shows(fault="drop_at_byte")
async def test_the_socket_ends_inside_a_message(port: Port) -> None:
    client = await port.client()
    port.on("drop_at_byte", message=11, bytes=20)
    client.place(1)
    assert [(await client.read())[0] for _ in range(2)] == ["5", "3"]
    assert len(await client.rest()) == 20
    assert port.desk.broker.account("").quantity(265598) == 100


@shows(fault="drop_at_byte")
async def test_the_socket_may_end_by_a_reset(port: Port) -> None:
    client = await port.client()
    port.on("drop_at_byte", bytes=0, reset=True)
    client.send(49, 1)
    with pytest.raises(ConnectionResetError):
        await client.rest()
    assert port.desk.gateway.sessions == {}


@shows(fault="drop_on_request")
@pytest.mark.parametrize("taken", [True, False])
async def test_the_socket_ends_in_the_moment_of_an_order(port: Port, taken: bool) -> None:
    client = await port.client()
    port.on("drop_on_request", taken=taken)
    client.place(1)
    assert await client.rest() == b""
    assert port.desk.broker.account("").quantity(265598) == (100 if taken else 0)


@shows(fault="truncated_frame")
async def test_a_frame_ends_early_and_the_stream_goes_on(port: Port) -> None:
    client = await port.client()
    port.on("truncated_frame", messages=[49], bytes=6, count=1)
    client.send(49, 1)
    client.send(61, 1)
    data = await client.bytes_now()
    assert data[:6] == frame(b"49\0" + b"x" * 13)[:6]
    assert data[6:] == frame(b"62\x001\0")


@shows(fault="no_boundary_guard")
async def test_a_read_may_be_a_multiple_of_4096(port: Port) -> None:
    client = await port.client()
    text = "x" * (4096 - len(frame(encode_fields([4, 2, -1, 777, "", ""]))))
    port.act("error", code=777, text=text)
    await asyncio.sleep(0)
    assert len(await client.bytes_now()) == 4095
    assert await client.bytes_now() == b"\0"
    port.on("no_boundary_guard")
    port.act("error", code=777, text=text)
    assert len(await client.bytes_now()) == 4096
    assert await client.is_silent()


@shows(action="send_garbage")
async def test_garbage_is_the_same_for_a_seed(port: Port) -> None:
    one, two = await port.client(1), await port.client(2)
    port.act("send_garbage", bytes=9, seed=3, client_id=1)
    port.act("send_garbage", bytes=9, seed=3, client_id=2, framed=False)
    framed, raw = await one.bytes_now(), await two.bytes_now()
    assert framed == frame(raw)
    assert len(raw) == 9
    assert await one.is_alive()


@shows(action="port_changed")
async def test_the_port_was_changed(port: Port) -> None:
    client = await port.client()
    port.act("port_changed", port=7499)
    message = await client.read()
    assert (message[3], "7499" in message[4]) == ("1300", True)
    assert await client.rest() == b""


@shows(action="error")
async def test_any_error_to_one_client(port: Port) -> None:
    client = await port.client()
    port.act("error", code=162, text="pacing violation", id=8, client_id=1)
    assert (await client.read())[2:5] == ["8", "162", "pacing violation"]


# The link and the farms ------------------------------------------------------------------------------------------


@shows(action="link_down")
async def test_a_burst_of_1100_and_2110(port: Port) -> None:
    client = await port.client()
    port.act("link_down", times=3)
    assert [(await client.read())[3] for _ in range(3)] == ["1100"] * 3
    port.act("link_down", code=2110)
    assert (await client.read())[3] == "2110"


@shows(action="link_up")
async def test_orders_written_in_an_outage_go_out_later(port: Port) -> None:
    client = await port.client()
    port.act("link_down")
    client.place(1)
    assert (await client.read())[3] == "1100"
    assert await client.is_alive()
    port.act("link_up", release_after=30, times=2)
    assert [(await client.read())[3] for _ in range(2)] == ["1102", "1102"]
    port.desk.pass_time(29)
    assert port.desk.broker.account("").quantity(265598) == 0
    port.desk.pass_time(1)
    assert (await client.until("11"))[-1][0] == "11"


@shows(action="farm_notice")
async def test_a_broken_farm_stops_its_data_until_it_mends(port: Port) -> None:
    client = await port.client()
    client.send(1, 11, 9, *CONTRACT, 0, "", 0, 0, "")
    await client.until("45")
    port.act("farm_notice", code=2103)
    assert (await client.read())[3] == "2103"
    port.desk.pin("191.00", "191.02")
    port.desk.pass_time(60)
    assert await client.is_silent()
    port.act("farm_notice", code=2104, acts=False)
    assert (await client.read())[3] == "2104"
    port.desk.pass_time(60)
    assert await client.is_silent()
    port.act("farm_notice", code=2104)
    await client.read()
    port.desk.pass_time(1)
    assert (await client.read())[0] == "1"


@shows(action="farm_notice")
@pytest.mark.parametrize(
    ("broken", "mended", "request_fields"),
    [
        (2105, 2106, (20, 5, *CONTRACT, 0, "", "1 hour", "1 D", 0, "TRADES", 1, 0, "")),
        (2157, 2158, (9, 8, 5, *CONTRACT, 0, "", "", "")),
    ],
)
async def test_history_and_definitions_stop_too(port: Port, broken: int, mended: int, request_fields: Any) -> None:
    client = await port.client()
    port.act("farm_notice", code=broken)
    await client.read()
    client.send(*request_fields)
    assert await client.is_alive()
    port.act("farm_notice", code=mended)
    await client.read()
    client.send(*request_fields)
    assert (await client.read())[0] in {"10", "17"}


@shows(action="farms_down")
@pytest.mark.parametrize(
    ("action", "codes"), [("farms_down", ["2103", "2105", "2157"]), ("farms_up", ["2104", "2106", "2158"])]
)
async def test_all_farms(port: Port, action: str, codes: list[str]) -> None:
    client = await port.client()
    port.act(action)
    assert [(await client.read())[3] for _ in range(3)] == codes


@shows(action="farms_up")
@pytest.mark.parametrize("code", [2107, 2108, 2119])
async def test_the_other_farm_notices_change_nothing(port: Port, code: int) -> None:
    client = await port.client()
    port.act("farm_notice", code=code, farm="eufarm")
    port.act("farms_up")
    assert (await client.read())[4].endswith("eufarm")
    assert port.desk.gateway.faults.describe() == {}


# Pacing ----------------------------------------------------------------------------------------------------------


async def flood(client: WireClient, count: int) -> None:
    for _ in range(count):
        client.send(49, 1)
    await client.writer.drain()
    await asyncio.sleep(0.02)


@shows(fault="enforce_pacing")
async def test_the_third_strike_ends_the_connection(port: Port) -> None:
    client = await port.client()
    port.on("enforce_pacing", per_second=5)
    for strike in range(3):
        port.desk.pass_time(2)
        await flood(client, 7)
        assert port.desk.gateway.sessions.keys() == ({1} if strike < 2 else set())
    data = await client.rest()
    assert data.count(b"49\x001\0") == 15
    assert data.count(b"\x00100\0Max rate of messages per second has been exceeded:max=5") >= 5


@shows(fault="enforce_pacing")
async def test_what_is_too_fast_waits_in_the_queue_and_keeps_its_order(port: Port) -> None:
    client = await port.client()
    port.on("enforce_pacing", mode="queue", per_second=5)
    for order_id in range(1, 13):
        client.place(order_id, kind="LMT", limit="150")
    await asyncio.sleep(0.02)
    counts = []
    for _ in range(3):
        counts.append(len(port.desk.broker.state.orders))
        port.desk.pass_time(1)
    assert [*counts, len(port.desk.broker.state.orders)] == [5, 10, 12, 12]
    assert [row.order_id for row in port.desk.broker.state.orders.values()] == list(range(1, 13))


@shows(fault="enforce_pacing")
async def test_symbols_are_searched_once_a_second(port: Port) -> None:
    client = await port.client()
    port.on("enforce_pacing")
    client.send(81, 1, "AAP")
    client.send(81, 2, "AAP")
    assert (await client.read())[:2] == ["79", "1"]
    assert await client.is_silent()
    port.desk.pass_time(1)
    assert (await client.read())[:2] == ["79", "2"]


def test_helpers_read_errors() -> None:
    assert errors([("4", "2", "-1", "100", "text")]) == [("-1", "100")]
