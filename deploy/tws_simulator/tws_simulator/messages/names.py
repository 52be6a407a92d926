"""Names of messages and of their fields, for people: the log, and the recorder's reports.

Requests are named by the layouts that decode them. Of replies the leading fields have names; those after them are
counted, as their place depends on the version.
"""

import contextlib
from typing import Any

from tws_simulator.messages.requests import LAYOUTS, Field, Many, Step, Tail, Values, When
from tws_simulator.wire.fields import FieldError, FieldReader

Named = list[tuple[str, str]]
_CONTRACT = "con_id symbol sec_type expiry strike right multiplier exchange currency local_symbol trading_class"
_BAR = "time open high low close volume average count"
# Id: name, then the names of the leading fields after the id.
_TABLE = f"""
1 tick_price version req_id tick_type price size attributes
2 tick_size version req_id tick_type size
3 order_status order_id status filled remaining average_price perm_id parent_id last_fill_price client_id why_held cap
4 error version req_id code text reject_json
5 open_order order_id {_CONTRACT} action quantity order_type limit_price aux_price time_in_force oca_group account \
open_close origin order_ref client_id perm_id outside_rth hidden discretionary_amount good_after shares_allocation
6 account_value version tag value currency account
7 portfolio_value version con_id symbol sec_type expiry strike right multiplier primary_exchange currency \
local_symbol trading_class position price value average_cost unrealized_pnl realized_pnl account
8 account_update_time version time
9 next_valid_id version order_id
10 contract_data
11 execution_data req_id order_id {_CONTRACT} exec_id time account venue side quantity price perm_id client_id \
liquidation cumulative average_price order_ref ev_rule ev_multiplier model_code last_liquidity pending_revision
12 market_depth version req_id position operation side price size
13 market_depth_l2 version req_id position venue operation side price size smart_depth
14 news_bulletin version bulletin_id kind text exchange
15 managed_accounts version accounts
16 financial_advisor version kind xml
17 historical_data req_id start end count
18 bond_contract_data
19 scanner_parameters version xml
20 scanner_data version req_id count
21 tick_option_computation req_id tick_type attribute implied_volatility delta option_price dividend gamma vega theta \
underlying_price
45 tick_generic version req_id tick_type value
46 tick_string version req_id tick_type value
47 tick_efp version req_id tick_type
49 current_time version time
50 real_time_bar version req_id {_BAR}
51 fundamental_data version req_id data
52 contract_data_end version req_id
53 open_order_end version
54 account_download_end version account
55 execution_data_end version req_id
56 delta_neutral_validation version req_id
57 tick_snapshot_end version req_id
58 market_data_type version req_id data_type
59 commission_report version exec_id commission currency realized_pnl yield yield_redemption_date
61 position version account {_CONTRACT} quantity average_cost
62 position_end version
63 account_summary version req_id account tag value currency
64 account_summary_end version req_id
65 verify_message_api version
66 verify_completed version
67 display_group_list version req_id groups
68 display_group_updated version req_id contract
69 verify_and_auth_message_api version
70 verify_and_auth_completed version
71 position_multi version req_id account {_CONTRACT} quantity average_cost model_code
72 position_multi_end version req_id
73 account_update_multi version req_id account model_code tag value currency
74 account_update_multi_end version req_id
75 option_parameter req_id exchange underlying_con_id trading_class multiplier
76 option_parameter_end req_id
77 soft_dollar_tiers req_id count
78 family_codes count
79 symbol_samples req_id count
80 depth_exchanges count
81 tick_request_parameters req_id min_tick bbo_exchange snapshot_permissions
82 smart_components req_id count
83 news_article req_id kind text
84 tick_news req_id time provider article_id headline extra
85 news_providers count
86 historical_news req_id time provider article_id headline
87 historical_news_end req_id has_more
88 head_timestamp req_id time
89 histogram_data req_id count
90 historical_data_update req_id count time open close high low average volume
91 reroute_market_data req_id con_id exchange
92 reroute_market_depth req_id con_id exchange
93 market_rule rule_id count
94 pnl req_id daily unrealized realized
95 pnl_single req_id position daily unrealized realized value
96 historical_ticks req_id count
97 historical_ticks_bid_ask req_id count
98 historical_ticks_last req_id count
99 tick_by_tick req_id tick_type time
100 order_bound perm_id client_id order_id
101 completed_order {_CONTRACT} action quantity order_type limit_price aux_price time_in_force oca_group account \
open_close origin order_ref perm_id
102 completed_orders_end
103 replace_fa_end req_id text
104 wsh_meta req_id data
105 wsh_event req_id data
106 historical_schedule req_id start end zone count
107 user_info req_id brand
108 historical_data_end req_id start end
109 current_time_in_millis time
"""
_ROWS = [line.split() for line in _TABLE.strip().splitlines()]
MESSAGES: dict[int, tuple[str, tuple[str, ...]]] = {int(row[0]): (row[1], tuple(row[2:])) for row in _ROWS}
HANDSHAKE = "handshake"


def request_name(fields: list[str] | tuple[str, ...]) -> str:
    """The name of a client's message; the greeting is `handshake`, an unknown one `request 999`."""
    head = fields[0] if fields else ""
    if head.startswith("v"):
        return HANDSHAKE
    row = LAYOUTS.get(_number(head))
    return row[0] if row else f"request {head[:20]}"


def message_name(fields: list[str] | tuple[str, ...], *, greeted: bool = True) -> str:
    """The name of a server's message; `greeted` is false for the first one, which answers the greeting."""
    if not greeted and len(fields) == 2:
        return HANDSHAKE
    head = fields[0] if fields else ""
    row = MESSAGES.get(_number(head))
    return row[0] if row else f"message {head[:20]}"


def message_id(name: str) -> int | None:
    """The id of a server's message by its name."""
    return next((number for number, row in MESSAGES.items() if row[0] == name), None)


def name_message(fields: list[str]) -> Named:
    """The fields of a server's message after its id, each with its name."""
    names = MESSAGES.get(_number(fields[0]) if fields else -1, ("", ()))[1]
    return [(names[at] if at < len(names) else f"field {at + 1}", text) for at, text in enumerate(fields[1:])]


def name_request(fields: list[str], version: int) -> Named:
    """The fields of a client's message after its id, each with its name."""
    layout = LAYOUTS.get(_number(fields[0]) if fields else -1)
    walk = _Walk(fields, version)
    if layout is not None:
        with contextlib.suppress(FieldError):  # what could not be read is counted
            walk.read(layout[1], {}, "")
    return walk.finish()


class _Walk:
    """Goes along a layout and notes the name of every field it takes."""

    def __init__(self, fields: list[str], version: int) -> None:
        self._fields = fields
        self._reader = FieldReader(fields)
        self._version = version
        self._named: Named = []
        self._reader.text()  # the id

    def read(self, steps: tuple[Step, ...], values: Values, prefix: str) -> None:
        for step in steps:
            if isinstance(step, Field):
                if step.since <= self._version < step.before:
                    values[step.name] = self._take(prefix + step.name, step.kind)
            elif isinstance(step, When):
                if self._version >= step.since and step.condition(values):
                    self.read(step.steps, values, prefix)
            elif isinstance(step, Tail):
                while self._reader.remaining:
                    self._take(f"{prefix}{step.name}", "text")
            elif step.name == "conditions":
                if self._take("conditions", "integer"):
                    raise FieldError("conditions are counted")
            else:
                self._rows(step, prefix)

    def finish(self) -> Named:
        rest = self._fields[len(self._named) + 1 :]
        return self._named + [(f"field {len(self._named) + at + 1}", text) for at, text in enumerate(rest)]

    def _rows(self, step: Many, prefix: str) -> None:
        count = self._take(f"{prefix}{step.name}", "integer") or 0
        for at in range(count):
            self.read(step.steps, {}, f"{prefix}{step.name}[{at}].")

    def _take(self, name: str, kind: str) -> Any:
        at = len(self._fields) - self._reader.remaining
        value = getattr(self._reader, kind)()
        self._named.append((name, self._fields[at]))
        return value


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
