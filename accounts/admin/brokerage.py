"""Admin pages of the accounts IB reports, their values and positions."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.admin.scoped import AccountFilter, AccountScopedAdmin
from accounts.models import Account, AccountPnl, AccountValue, EquitySnapshot, Position
from config.shared.figures import figure, money, number, pill, price, signed_money


class ValueInline(TabularInline):
    """Every figure IB reports of the account."""

    model = AccountValue
    extra = 0
    fields = readonly_fields = ("tag", "shown", "currency", "as_of")
    can_delete = False
    tab = True
    verbose_name_plural = "Values"

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: IB is the author."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: IB is the author."""
        return False

    @display(description="value")
    def shown(self, row: AccountValue) -> str:
        """The amount with separators, or IB's word."""
        return row.text if row.amount is None else number(row.amount, places=2)


class PositionFigures:
    """How the figures of a position are shown, on its own page and on its account's."""

    @display(description="quantity")
    def held(self, row: Position) -> str:
        """Signed quantity."""
        return figure(number(row.quantity))

    @display(description="average cost")
    def cost(self, row: Position) -> str:
        """Per contract, as IB gives it."""
        return figure(price(row.average_cost))

    @display(description="market price")
    def market(self, row: Position) -> str:
        """IB's mark."""
        return figure(price(row.market_price))

    @display(description="unrealized P&L")
    def open_pnl(self, row: Position) -> str:
        """Gain of what is open."""
        return signed_money(row.unrealized_pnl)


class PositionInline(PositionFigures, TabularInline):
    """What the account holds."""

    model = Position
    extra = 0
    fields = readonly_fields = ("instrument", "held", "cost", "market", "value", "open_pnl", "as_of")
    can_delete = False
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: IB is the author."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: IB is the author."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Position]:
        """With the instruments' names."""
        rows: QuerySet[Position] = super().get_queryset(request)
        return rows.select_related("instrument").order_by("instrument__symbol")

    @display(description="market value")
    def value(self, row: Position) -> str:
        """In the instrument's currency."""
        return figure(money(row.market_value))


@admin.register(Account)
class AccountAdmin(AccountScopedAdmin):
    """Accounts at IB with their main figures."""

    account_path = "code"
    list_display = ("code", "mode", "net_liquidation", "available_funds", "daily", "unrealized", "values_at")
    search_fields = ("code",)
    inlines = (PositionInline, ValueInline)
    sortable_by = ("code",)
    fieldsets = (
        (None, {"fields": (("code", "mode", "base_currency"), ("values_at", "values_confirmed_at", "first_seen_at"))}),
        (
            "Figures",
            {
                "fields": (
                    ("net_liquidation", "total_cash", "available_funds"),
                    ("buying_power", "initial_margin", "maintenance_margin"),
                    ("daily", "unrealized", "realized"),
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """With P&L and values, so that a list costs three queries."""
        return super().get_queryset(request).select_related("pnl").prefetch_related("values")

    @display(description="mode")
    def mode(self, row: Account) -> str:
        """Paper or live, unmistakable."""
        return pill("paper", "calm") if row.is_paper else pill("live", "warn")

    @display(description="net liquidation")
    def net_liquidation(self, row: Account) -> str:
        """What the account is worth."""
        return _value(row, "NetLiquidation")

    @display(description="cash")
    def total_cash(self, row: Account) -> str:
        """Cash of all currencies, in base currency."""
        return _value(row, "TotalCashValue")

    @display(description="available funds")
    def available_funds(self, row: Account) -> str:
        """What a new order may use."""
        return _value(row, "AvailableFunds")

    @display(description="buying power")
    def buying_power(self, row: Account) -> str:
        """With the margin IB grants."""
        return _value(row, "BuyingPower")

    @display(description="initial margin")
    def initial_margin(self, row: Account) -> str:
        """Margin that is bound."""
        return _value(row, "InitMarginReq")

    @display(description="maintenance margin")
    def maintenance_margin(self, row: Account) -> str:
        """Margin below which IB sells."""
        return _value(row, "MaintMarginReq")

    @display(description="daily P&L")
    def daily(self, row: Account) -> str:
        """Since the close before."""
        return _pnl(row, "daily")

    @display(description="unrealized P&L")
    def unrealized(self, row: Account) -> str:
        """Of what is open."""
        return _pnl(row, "unrealized")

    @display(description="realized P&L")
    def realized(self, row: Account) -> str:
        """Of what was closed today."""
        return _pnl(row, "realized")


def _value(account: Account, tag: str) -> str:
    currencies = (account.base_currency, "", "BASE")
    amount = next((v.amount for v in account.values.all() if v.tag == tag and v.currency in currencies), None)
    return figure(money(amount, account.base_currency))


def _pnl(account: Account, kind: str) -> str:
    pnl: AccountPnl | None = getattr(account, "pnl", None)
    return signed_money(getattr(pnl, kind) if pnl else None, account.base_currency)


@admin.register(AccountValue)
class AccountValueAdmin(AccountScopedAdmin):
    """Every figure of every account, as IB spells it."""

    list_display = ("account", "tag", "shown", "currency", "as_of")
    list_filter = (("account", AccountFilter),)
    list_select_related = ("account",)
    search_fields = ("tag",)
    search_help_text = "IB's tag, e.g. NetLiquidation"
    ordering = ("account", "tag", "currency")
    fields = ("account", "tag", "text", "currency", "as_of")

    @display(description="value")
    def shown(self, row: AccountValue) -> str:
        """The amount with separators, or IB's word."""
        return row.text if row.amount is None else figure(number(row.amount, places=2))


@admin.register(Position)
class PositionAdmin(PositionFigures, AccountScopedAdmin):
    """What each account holds, as IB says, and whether the desk's ledger agrees."""

    list_display = (
        "symbol",
        "account",
        "held",
        "ledger",
        "cost",
        "market",
        "value",
        "open_pnl",
        "closed_pnl",
        "daily_pnl",
        "as_of",
    )
    list_filter = (("account", AccountFilter),)
    list_select_related = ("account", "instrument", "pnl")
    search_fields = ("instrument__symbol__istartswith", "account__code")
    search_help_text = "Symbol or account number"
    ordering = ("account", "instrument__symbol")
    sortable_by = ()
    fields = (
        ("account", "instrument"),
        ("held", "ledger", "cost"),
        ("agreed_at", "differs_since"),
        ("market", "value"),
        ("open_pnl", "closed_pnl", "daily_pnl"),
        ("as_of", "market_at"),
    )

    @display(description="symbol")
    def symbol(self, row: Position) -> str:
        """The instrument's symbol."""
        return row.instrument.symbol

    @display(description="by our fills")
    def ledger(self, row: Position) -> str:
        """What the ledger derives; marked while IB says otherwise."""
        quantity = figure(number(row.ledger_quantity))
        return quantity if row.differs_since is None else format_html("{} {}", quantity, pill("differs", "warn"))

    @display(description="market value")
    def value(self, row: Position) -> str:
        """In the instrument's currency."""
        return figure(money(row.market_value, row.instrument.currency))

    @display(description="realized P&L")
    def closed_pnl(self, row: Position) -> str:
        """Gain of what was closed."""
        return signed_money(row.realized_pnl)

    @display(description="daily P&L")
    def daily_pnl(self, row: Position) -> str:
        """Since the close before, in the account's base currency."""
        pnl = getattr(row, "pnl", None)
        return signed_money(pnl.daily if pnl else None, row.account.base_currency)


@admin.register(EquitySnapshot)
class EquitySnapshotAdmin(AccountScopedAdmin):
    """What each account was worth, minute by minute and thinned with age; a time without rows is not known."""

    list_display = ("account", "at", "net", "cash", "margin", "daily", "known_minutes", "span")
    list_filter = (("account", AccountFilter),)
    list_select_related = ("account",)
    date_hierarchy = "at"
    ordering = ("-at", "account")
    sortable_by = ()
    fields = (
        ("account", "at", "span", "known_minutes"),
        ("net", "cash", "margin", "daily"),
        ("values_at", "pnl_at"),
    )

    @display(description="stands for")
    def span(self, row: EquitySnapshot) -> str:
        """In minutes."""
        return f"{row.span_seconds // 60} min"

    @display(description="net liquidation")
    def net(self, row: EquitySnapshot) -> str:
        """What the account was worth."""
        return figure(money(row.net_liquidation, row.currency))

    @display(description="cash")
    def cash(self, row: EquitySnapshot) -> str:
        """Cash of all currencies."""
        return figure(money(row.total_cash, row.currency))

    @display(description="initial margin")
    def margin(self, row: EquitySnapshot) -> str:
        """Margin that was bound."""
        return figure(money(row.init_margin, row.currency))

    @display(description="daily P&L")
    def daily(self, row: EquitySnapshot) -> str:
        """Since the close before, as far as it was known."""
        return signed_money(row.daily_pnl, row.currency)
