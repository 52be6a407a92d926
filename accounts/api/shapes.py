"""JSON of accounts, their values, P&L, margin and history, and of positions."""

from typing import Any

from rest_framework import serializers

from accounts.domain.currencies import LEDGER_TAGS
from accounts.domain.equity import Resolution
from accounts.domain.margin import REQUIREMENTS, WHOLE
from accounts.representations import EQUITY_FIGURES
from config.shared.fields import TRADING_MODES, ChoiceWordField, DecimalText, QuerySerializer

STALE = "true when nobody knows any more whether it still stands: the stream from IB is not up"
CONFIRMED = "when the stream from IB was last known to be up: until then the figures stood"


class AccountValueSerializer(serializers.Serializer[Any]):
    """One of IB's account values."""

    tag = serializers.CharField()
    currency = serializers.CharField()
    value = serializers.CharField(help_text="as IB spells it")
    amount = DecimalText(allow_null=True, help_text="the amount; null where IB sent a word or left it unset")
    as_of = serializers.DateTimeField(help_text="when IB last sent it with this amount")


class AccountSerializer(serializers.Serializer[Any]):
    """An account with its main figures in base currency; null is what IB did not say."""

    account = serializers.CharField()
    trading_mode = serializers.ChoiceField(choices=TRADING_MODES)
    base_currency = serializers.CharField()
    net_liquidation = DecimalText(allow_null=True)
    total_cash = DecimalText(allow_null=True)
    buying_power = DecimalText(allow_null=True)
    available_funds = DecimalText(allow_null=True)
    excess_liquidity = DecimalText(allow_null=True)
    init_margin = DecimalText(allow_null=True)
    maint_margin = DecimalText(allow_null=True)
    gross_position_value = DecimalText(allow_null=True)
    daily_pnl = DecimalText(allow_null=True)
    unrealized_pnl = DecimalText(allow_null=True)
    realized_pnl = DecimalText(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True, help_text="when IB last sent a changed value")
    source = serializers.CharField()  # type: ignore[assignment]
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text=CONFIRMED)
    is_stale = serializers.BooleanField(help_text=STALE)
    pnl_as_of = serializers.DateTimeField(allow_null=True)
    pnl_is_stale = serializers.BooleanField(help_text=STALE)


class AccountDetailSerializer(AccountSerializer):
    """An account with everything IB reports of it."""

    values = AccountValueSerializer(many=True)


class PnlSerializer(serializers.Serializer[Any]):
    """Today's profit and loss in base currency, as IB streams it; null is what IB does not know."""

    account = serializers.CharField()
    currency = serializers.CharField()
    daily = DecimalText(allow_null=True)
    unrealized = DecimalText(allow_null=True)
    realized = DecimalText(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text=CONFIRMED)
    is_stale = serializers.BooleanField(help_text=STALE)
    source = serializers.CharField()  # type: ignore[assignment]


class PositionPnlSerializer(serializers.Serializer[Any]):
    """Today's profit and loss of one position, in the account's base currency."""

    currency = serializers.CharField()
    daily = DecimalText(allow_null=True)
    unrealized = DecimalText(allow_null=True)
    realized = DecimalText(allow_null=True)
    market_value = DecimalText(allow_null=True)
    as_of = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]
    is_stale = serializers.BooleanField(help_text=STALE)


class PositionSerializer(serializers.Serializer[Any]):
    """What an account holds of an instrument. Amounts beside `pnl` are in the instrument's currency."""

    account = serializers.CharField()
    con_id = serializers.IntegerField()
    symbol = serializers.CharField()
    currency = serializers.CharField(help_text="of the instrument")
    quantity = DecimalText()
    average_cost = DecimalText()
    market_price = DecimalText(allow_null=True)
    market_value = DecimalText(allow_null=True)
    unrealized_pnl = DecimalText(allow_null=True)
    realized_pnl = DecimalText(allow_null=True)
    as_of = serializers.DateTimeField(help_text="when IB last sent quantity and average cost")
    source = serializers.CharField()  # type: ignore[assignment]
    market_as_of = serializers.DateTimeField(
        allow_null=True,
        help_text="when IB last sent price, value and P&L; it does so for the only account of a login, null otherwise",
    )
    market_source = serializers.CharField(allow_null=True)
    market_is_stale = serializers.BooleanField(help_text="true when IB would have sent newer ones by now")
    pnl = PositionPnlSerializer(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text=CONFIRMED)
    is_stale = serializers.BooleanField(help_text=STALE)
    ledger_quantity = DecimalText(
        allow_null=True, help_text="what the desk's fills and adjustments add up to; null before the ledger began"
    )
    differs_since = serializers.DateTimeField(
        allow_null=True, help_text="since when `quantity` and `ledger_quantity` do not agree; null while they do"
    )


def _amounts(name: str, names: Any, text: str) -> type[serializers.Serializer[Any]]:
    """A shape of amounts only."""
    fields: dict[str, Any] = {each: DecimalText(allow_null=True) for each in names}
    return type(name, (serializers.Serializer,), {**fields, "__doc__": text, "__module__": __name__})


LedgerAmountsSerializer = _amounts("LedgerAmountsSerializer", LEDGER_TAGS, "What a currency's ledger has.")


class CurrencySerializer(LedgerAmountsSerializer):  # type: ignore[misc, valid-type]
    """What an account has in one currency; the same in base currency under `in_base`, by IB's rate."""

    currency = serializers.CharField()
    is_base = serializers.BooleanField()
    exchange_rate = DecimalText(allow_null=True, help_text="IB's: one unit in base currency; null when IB gave none")
    in_base = LedgerAmountsSerializer()
    as_of = serializers.DateTimeField()


class _ValuesHead(serializers.Serializer[Any]):
    account = serializers.CharField()
    base_currency = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text=CONFIRMED)
    is_stale = serializers.BooleanField(help_text=STALE)
    source = serializers.CharField()  # type: ignore[assignment]


class CurrenciesSerializer(_ValuesHead):
    """Values by currency, and IB's own total in base currency."""

    total = LedgerAmountsSerializer(allow_null=True)
    currencies = CurrencySerializer(many=True)


RequirementSerializer = _amounts("RequirementSerializer", REQUIREMENTS, "Margin at one moment, in base currency.")


class SegmentSerializer(serializers.Serializer[Any]):
    """Margin now, without intraday discounts, and at the next change."""

    current = RequirementSerializer()
    full = RequirementSerializer()
    look_ahead = RequirementSerializer()


class AccountMarginSerializer(_ValuesHead, _amounts("WholeAccountSerializer", WHOLE, "")):  # type: ignore[misc]
    """Margin and buying power of an account, in base currency, and of its segments."""

    total = SegmentSerializer()
    securities = SegmentSerializer()
    commodities = SegmentSerializer()


class EquityQuery(QuerySerializer):
    """A stretch of time, the last day when left out, and how fine."""

    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)
    resolution = ChoiceWordField(
        choices=[str(r) for r in Resolution], required=False, help_text="chosen by the length when left out"
    )


class EquityPointSerializer(_amounts("EquityFiguresSerializer", EQUITY_FIGURES, "")):  # type: ignore[misc]
    """The last snapshot of a minute, a quarter of an hour or a day."""

    at = serializers.DateTimeField()
    currency = serializers.CharField()
    values_as_of = serializers.DateTimeField()
    pnl_as_of = serializers.DateTimeField(allow_null=True)
    known_minutes = serializers.IntegerField(help_text="of how many minutes of this stretch something is known")


class EquityGapSerializer(serializers.Serializer[Any]):
    """A time of which nothing is known; nothing is filled in."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class EquitySerializer(serializers.Serializer[Any]):
    """An account's worth over time."""

    account = serializers.CharField()
    base_currency = serializers.CharField()
    resolution = serializers.ChoiceField(choices=[str(r) for r in Resolution])
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    points = EquityPointSerializer(many=True)
    gaps = EquityGapSerializer(many=True)
    source = serializers.CharField()  # type: ignore[assignment]
