"""Client to server: one table of layouts, which `decoding` reads.

A layout is a tuple of steps. `Field` reads a scalar if the connection's server version is in its range,
`When` reads more steps if a condition on the values read so far holds, `Many` reads a count and that many rows.
Source of the layouts: behaviour of ib_insync 0.9.86, ib_async 2.1.0 and ibapi 10.51.1 on the wire.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tws_simulator.messages.versions import (
    FA_PROFILE_GONE,
    ISSUER_ID,
    MANUAL_ORDER_TIME,
    PEGGED_ATTRIBUTES,
    REJECT_JSON,
    WSH_DATES,
    WSH_FILTERS,
)
from tws_simulator.model import ZERO, ContractSpec

Values = dict[str, Any]
_NEVER = 10**6


@dataclass(frozen=True, slots=True)
class Field:
    """One scalar, present from version `since` up to but not including version `before`."""

    name: str
    kind: str = "text"
    since: int = 0
    before: int = _NEVER


@dataclass(frozen=True, slots=True)
class When:
    """More steps, read only if the condition holds for the values so far."""

    condition: Callable[[Values], bool]
    steps: tuple["Step", ...]
    since: int = 0


@dataclass(frozen=True, slots=True)
class Many:
    """A count, then that many rows."""

    name: str
    steps: tuple["Step", ...]


@dataclass(frozen=True, slots=True)
class Tail:
    """All fields that are left, as a list of texts: clients differ in how many they send."""

    name: str


Step = Field | When | Many | Tail


@dataclass(frozen=True, slots=True)
class Request:
    """One decoded request."""

    name: str
    values: Values

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def contract(self) -> ContractSpec:
        """The contract the client described."""
        return contract_of(self.values)


def _text(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


def _ints(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, "integer") for name in names)


def _flags(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, "boolean") for name in names)


def _decimals(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, "decimal") for name in names)


_V = _ints("version")
_ID = _ints("req_id")
CONTRACT: tuple[Step, ...] = (
    *_ints("con_id"),
    *_text("symbol", "sec_type", "expiry"),
    *_decimals("strike"),
    *_text("right", "multiplier", "exchange", "primary_exchange", "currency", "local_symbol", "trading_class"),
)
_CONTRACT_TEXTS = (
    "symbol", "sec_type", "expiry", "right", "multiplier", "exchange", "primary_exchange", "currency", "local_symbol",
    "trading_class",
)  # fmt: skip
_SHORT_LEGS = When(
    lambda v: v["sec_type"] == "BAG",
    (Many("legs", (*_ints("con_id", "ratio"), *_text("action", "exchange"))),),
)
_DELTA_NEUTRAL: tuple[Step, ...] = (
    *_flags("has_delta_neutral"),
    When(lambda v: v["has_delta_neutral"], (*_ints("dn_con_id"), *_decimals("dn_delta", "dn_price"))),
)

_ORDER: tuple[Step, ...] = (
    *_ints("order_id"),
    *CONTRACT,
    *_text("sec_id_type", "sec_id", "action"),
    *_decimals("quantity"),
    *_text("order_type"),
    *_decimals("limit_price", "aux_price"),
    *_text("tif", "oca_group", "account", "open_close"),
    *_ints("origin"),
    *_text("order_ref"),
    *_flags("transmit"),
    *_ints("parent_id"),
    *_flags("block_order", "sweep_to_fill"),
    *_ints("display_size", "trigger_method"),
    *_flags("outside_rth", "hidden"),
    When(
        lambda v: v["sec_type"] == "BAG",
        (
            Many(
                "legs",
                (
                    *_ints("con_id", "ratio"),
                    *_text("action", "exchange"),
                    *_ints("open_close", "short_sale_slot"),
                    *_text("designated_location"),
                    *_ints("exempt_code"),
                ),
            ),
            Many("leg_prices", _decimals("price")),
            Many("smart_params", _text("tag", "value")),
        ),
    ),
    *_text("shares_allocation"),
    *_decimals("discretionary_amount"),
    *_text("good_after", "good_till", "fa_group", "fa_method", "fa_percentage"),
    Field("fa_profile", before=FA_PROFILE_GONE),
    *_text("model_code"),
    *_ints("short_sale_slot"),
    *_text("designated_location"),
    *_ints("exempt_code", "oca_type"),
    *_text("rule_80a", "settling_firm"),
    *_flags("all_or_none"),
    *_ints("min_quantity"),
    *_decimals("percent_offset"),
    *_flags("e_trade_only", "firm_quote_only"),
    *_decimals("nbbo_price_cap"),
    *_ints("auction_strategy"),
    *_decimals("starting_price", "stock_ref_price", "delta", "stock_range_lower", "stock_range_upper"),
    *_flags("override_percentage"),
    *_decimals("volatility"),
    *_ints("volatility_type"),
    *_text("delta_neutral_order_type"),
    *_decimals("delta_neutral_aux_price"),
    When(
        lambda v: bool(v["delta_neutral_order_type"]),
        _text("dno_con_id", "dno_firm", "dno_account", "dno_intent", "dno_open", "dno_short", "dno_slot", "dno_where"),
    ),
    *_flags("continuous_update"),
    *_ints("reference_price_type"),
    *_decimals("trail_stop_price", "trailing_percent"),
    *_ints("scale_init_size", "scale_subs_size"),
    *_decimals("scale_increment"),
    When(
        lambda v: v["scale_increment"] is not None and v["scale_increment"] > 0,
        _text("scale_1", "scale_2", "scale_3", "scale_4", "scale_5", "scale_6", "scale_7"),
    ),
    *_text("scale_table", "active_start", "active_stop", "hedge_type"),
    When(lambda v: bool(v["hedge_type"]), _text("hedge_param")),
    *_flags("opt_out_smart"),
    *_text("clearing_account", "clearing_intent"),
    *_flags("not_held"),
    *_DELTA_NEUTRAL,
    *_text("algo_strategy"),
    When(lambda v: bool(v["algo_strategy"]), (Many("algo_params", _text("tag", "value")),)),
    *_text("algo_id"),
    *_flags("what_if"),
    *_text("misc_options"),
    *_flags("solicited", "randomize_size", "randomize_price"),
    When(lambda v: v["order_type"] == "PEG BENCH", _text("peg_1", "peg_2", "peg_3", "peg_4", "peg_5")),
    Many("conditions", ()),
    *_text("adjusted_order_type"),
    *_decimals("trigger_price", "limit_offset", "adjusted_stop", "adjusted_stop_limit", "adjusted_trail"),
    *_ints("adjustable_trail_unit"),
    *_text("ext_operator", "soft_dollar_name", "soft_dollar_value"),
    *_decimals("cash_quantity"),
    *_text("mifid_1", "mifid_2", "mifid_3", "mifid_4"),
    *_flags("no_auto_hedge_price", "is_oms", "discretionary_to_limit"),
    *_text("price_management"),
    Field("duration", "integer", since=158),
    Field("post_to_ats", "integer", since=160),
    Field("auto_cancel_parent", "boolean", since=162),
    Field("error_override", since=REJECT_JSON),
    Field("manual_order_time", since=MANUAL_ORDER_TIME),
    When(lambda v: v["exchange"] == "IBKRATS", _ints("min_trade_quantity"), since=PEGGED_ATTRIBUTES),
    When(
        lambda v: v["order_type"] == "PEG BEST",
        (
            *_ints("min_compete_size"),
            *_decimals("compete_offset"),
            When(lambda v: v["compete_offset"] == Decimal("Infinity"), _decimals("mid_whole", "mid_half")),
        ),
        since=PEGGED_ATTRIBUTES,
    ),
    When(lambda v: v["order_type"] == "PEG MID", _decimals("mid_whole", "mid_half"), since=PEGGED_ATTRIBUTES),
)

# Fields of an order condition after its type and conjunction, by type.
CONDITIONS: dict[int, tuple[Field, ...]] = {
    1: (*_flags("is_more"), *_text("value"), *_ints("con_id"), *_text("exchange"), *_ints("trigger_method")),
    3: (*_flags("is_more"), *_text("value")),
    4: (*_flags("is_more"), *_text("value")),
    5: _text("sec_type", "exchange", "symbol"),
    6: (*_flags("is_more"), *_text("value"), *_ints("con_id"), *_text("exchange")),
    7: (*_flags("is_more"), *_text("value"), *_ints("con_id"), *_text("exchange")),
}

LAYOUTS: dict[int, tuple[str, tuple[Step, ...]]] = {
    1: (
        "req_market_data",
        (
            *_V,
            *_ID,
            *CONTRACT,
            _SHORT_LEGS,
            *_DELTA_NEUTRAL,
            *_text("generic_ticks"),
            *_flags("snapshot", "regulatory_snapshot"),
            *_text("options"),
        ),
    ),
    2: ("cancel_market_data", (*_V, *_ID)),
    3: ("place_order", _ORDER),
    4: ("cancel_order", (*_V, *_ints("order_id"), Field("manual_cancel_time", since=MANUAL_ORDER_TIME))),
    5: ("req_open_orders", _V),
    6: ("req_account_updates", (*_V, *_flags("subscribe"), *_text("account"))),
    7: (
        "req_executions",
        (*_V, *_ID, *_ints("client_id"), *_text("account", "time", "symbol", "sec_type", "exchange", "side")),
    ),
    8: ("req_ids", (*_V, *_ints("count"))),
    9: (
        "req_contract_details",
        (
            *_V,
            *_ID,
            *CONTRACT,
            *_flags("include_expired"),
            *_text("sec_id_type", "sec_id"),
            Field("issuer_id", since=ISSUER_ID),
        ),
    ),
    10: ("req_market_depth", (*_V, *_ID, *CONTRACT, *_ints("rows"), *_flags("is_smart"), *_text("options"))),
    11: ("cancel_market_depth", (*_V, *_ID, *_flags("is_smart"))),
    12: ("req_news_bulletins", (*_V, *_flags("all_messages"))),
    13: ("cancel_news_bulletins", _V),
    14: ("set_server_log_level", (*_V, *_ints("level"))),
    15: ("req_auto_open_orders", (*_V, *_flags("auto_bind"))),
    16: ("req_all_open_orders", _V),
    17: ("req_managed_accounts", _V),
    18: ("req_financial_advisor", (*_V, *_ints("data_type"))),
    20: (
        "req_historical_data",
        (
            *_ID,
            *CONTRACT,
            *_flags("include_expired"),
            *_text("end", "bar_size", "duration"),
            *_flags("use_rth"),
            *_text("what_to_show"),
            *_ints("format_date"),
            _SHORT_LEGS,
            *_flags("keep_up_to_date"),
            *_text("options"),
        ),
    ),
    21: (
        "exercise_options",
        (
            *_V,
            *_ID,
            *_ints("con_id"),
            *_text("symbol", "sec_type", "expiry"),
            *_decimals("strike"),
            *_text("right", "multiplier", "exchange", "currency", "local_symbol", "trading_class"),
            *_ints("exercise_action"),
            *_decimals("exercise_quantity"),
            *_text("account"),
            *_flags("override"),
        ),
    ),
    22: (
        "req_scanner",
        (
            *_ID,
            *_ints("rows"),
            *_text("instrument", "location", "scan_code"),
            *_decimals("above_price", "below_price"),
            *_ints("above_volume"),
            *_decimals("market_cap_above", "market_cap_below"),
            *_text("moody_above", "moody_below", "sp_above", "sp_below", "maturity_above", "maturity_below"),
            *_decimals("coupon_above", "coupon_below"),
            *_flags("exclude_convertible"),
            *_ints("average_option_volume_above"),
            *_text("setting_pairs", "stock_type", "filter_options", "options"),
        ),
    ),
    23: ("cancel_scanner", (*_V, *_ID)),
    24: ("req_scanner_parameters", _V),
    25: ("cancel_historical_data", (*_V, *_ID)),
    49: ("req_current_time", _V),
    50: (
        "req_real_time_bars",
        (*_V, *_ID, *CONTRACT, *_ints("bar_size"), *_text("what_to_show"), *_flags("use_rth"), *_text("options")),
    ),
    51: ("cancel_real_time_bars", (*_V, *_ID)),
    52: (
        "req_fundamental_data",
        (
            *_V,
            *_ID,
            *_ints("con_id"),
            *_text("symbol", "sec_type", "exchange", "primary_exchange", "currency", "local_symbol", "report_type"),
            Tail("options"),
        ),
    ),
    53: ("cancel_fundamental_data", (*_V, *_ID)),
    54: (
        "calculate_implied_volatility",
        (*_V, *_ID, *CONTRACT, *_decimals("option_price", "under_price"), Tail("options")),
    ),
    55: ("calculate_option_price", (*_V, *_ID, *CONTRACT, *_decimals("volatility", "under_price"), Tail("options"))),
    56: ("cancel_implied_volatility", (*_V, *_ID)),
    57: ("cancel_option_price", (*_V, *_ID)),
    58: ("req_global_cancel", _V),
    59: ("req_market_data_type", (*_V, *_ints("data_type"))),
    61: ("req_positions", _V),
    62: ("req_account_summary", (*_V, *_ID, *_text("group", "tags"))),
    63: ("cancel_account_summary", (*_V, *_ID)),
    64: ("cancel_positions", _V),
    65: ("verify_request", ()),
    66: ("verify_message", ()),
    67: ("query_display_groups", (*_V, *_ID)),
    68: ("subscribe_to_group_events", (*_V, *_ID, *_ints("group_id"))),
    69: ("update_display_group", (*_V, *_ID, *_text("contract_info"))),
    70: ("unsubscribe_from_group_events", (*_V, *_ID)),
    71: ("start_api", (*_V, *_ints("client_id"), *_text("capabilities"))),
    74: ("req_positions_multi", (*_V, *_ID, *_text("account", "model"))),
    75: ("cancel_positions_multi", (*_V, *_ID)),
    76: ("req_account_updates_multi", (*_V, *_ID, *_text("account", "model"), *_flags("ledger_and_nlv"))),
    77: ("cancel_account_updates_multi", (*_V, *_ID)),
    78: ("req_option_parameters", (*_ID, *_text("symbol", "exchange", "sec_type"), *_ints("con_id"))),
    79: ("req_soft_dollar_tiers", _ID),
    80: ("req_family_codes", ()),
    81: ("req_matching_symbols", (*_ID, *_text("pattern"))),
    82: ("req_depth_exchanges", ()),
    83: ("req_smart_components", (*_ID, *_text("bbo_exchange"))),
    84: ("req_news_article", (*_ID, *_text("provider", "article_id", "options"))),
    85: ("req_news_providers", ()),
    86: (
        "req_historical_news",
        (*_ID, *_ints("con_id"), *_text("providers", "start", "end"), *_ints("count"), *_text("options")),
    ),
    87: (
        "req_head_timestamp",
        (
            *_ID,
            *CONTRACT,
            *_flags("include_expired", "use_rth"),
            *_text("what_to_show"),
            *_ints("format_date"),
        ),
    ),
    88: (
        "req_histogram",
        (*_ID, *CONTRACT, *_flags("include_expired", "use_rth"), *_text("period")),
    ),
    89: ("cancel_histogram", _ID),
    90: ("cancel_head_timestamp", _ID),
    91: ("req_market_rule", _ints("rule_id")),
    92: ("req_pnl", (*_ID, *_text("account", "model"))),
    93: ("cancel_pnl", _ID),
    94: ("req_pnl_single", (*_ID, *_text("account", "model"), *_ints("con_id"))),
    95: ("cancel_pnl_single", _ID),
    96: (
        "req_historical_ticks",
        (
            *_ID,
            *CONTRACT,
            *_flags("include_expired"),
            *_text("start", "end"),
            *_ints("count"),
            *_text("what_to_show"),
            *_ints("use_rth"),
            *_flags("ignore_size"),
            *_text("options"),
        ),
    ),
    97: ("req_tick_by_tick", (*_ID, *CONTRACT, *_text("tick_type"), *_ints("count"), *_flags("ignore_size"))),
    98: ("cancel_tick_by_tick", _ID),
    99: ("req_completed_orders", _flags("api_only")),
    100: ("req_wsh_meta", _ID),
    101: ("cancel_wsh_meta", _ID),
    102: (
        "req_wsh_event",
        (
            *_ID,
            *_ints("con_id"),
            Field("filter", since=WSH_FILTERS),
            Field("fill_watchlist", "boolean", since=WSH_FILTERS),
            Field("fill_portfolio", "boolean", since=WSH_FILTERS),
            Field("fill_competitors", "boolean", since=WSH_FILTERS),
            Field("start", since=WSH_DATES),
            Field("end", since=WSH_DATES),
            Field("count", "integer", since=WSH_DATES),
        ),
    ),
    103: ("cancel_wsh_event", _ID),
    104: ("req_user_info", _ID),
}
LAYOUTS[19] = ("replace_financial_advisor", (*_V, *_ints("data_type"), *_text("xml"), *_ID))


def contract_of(values: Values) -> ContractSpec:
    """Build the contract out of decoded values; some requests describe it by fewer fields."""
    text = {name: values.get(name) or "" for name in _CONTRACT_TEXTS}
    return ContractSpec(con_id=values["con_id"] or 0, strike=values.get("strike") or ZERO, **text)
