"""Rows for tests. Orders are made as the log would have made them: each has its first events and raw messages."""

import functools
import uuid
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import (
    Account,
    AccountGrant,
    AccountPnl,
    AccountValue,
    ApiKey,
    EquitySnapshot,
    GrantChange,
    Position,
    PositionPnl,
    SignIn,
    User,
)
from market_data.models import Instrument
from trading.domain.fills import split_exec_id
from trading.domain.order_events import ExternalOrderSeen, OrderSubmitted
from trading.domain.orders import OrderOrigin
from trading.domain.risk import Limits, to_text
from trading.models import (
    Fill,
    GatewayCommand,
    GatewayState,
    IbMessage,
    Incident,
    KillSwitch,
    KillSwitchEvent,
    LimitVersion,
    Order,
    OrderEvent,
    OrderPermId,
    PositionAdjustment,
    ReconciliationBreak,
    ReconciliationRun,
    RiskDecision,
    RiskLimits,
)
from trading.models.gateway import CommandKind, CommandStatus, GatewayStatus
from trading.models.orders import EventSource

PASSWORD = "correct horse battery staple"
D = Decimal
_exec_numbers = count(1)
_hashed = functools.cache(make_password)  # a hash costs half a second: one is enough for all people


class UserFactory(DjangoModelFactory[User]):
    """A person who may sign in with `PASSWORD` and sees nothing yet."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@desk.invalid")
    password = factory.LazyFunction(lambda: _hashed(PASSWORD))
    is_active = True


class StaffFactory(UserFactory):
    """A superuser: may open the admin and see every account."""

    username = factory.Sequence(lambda n: f"operator{n}")
    is_staff = True
    is_superuser = True


class GroupFactory(DjangoModelFactory[Group]):
    """A group of people."""

    class Meta:
        model = Group

    name = factory.Sequence(lambda n: f"group{n}")


class AccountFactory(DjangoModelFactory[Account]):
    """A paper account."""

    class Meta:
        model = Account

    code = factory.Sequence(lambda n: f"DU{1000001 + n}")
    is_paper = True
    values_at = factory.LazyFunction(timezone.now)


class AccountGrantFactory(DjangoModelFactory[AccountGrant]):
    """Lets a person trade an account."""

    class Meta:
        model = AccountGrant

    class Params:
        may_trade = True

    user = factory.SubFactory(UserFactory)
    account = factory.SubFactory(AccountFactory)
    role = factory.LazyAttribute(lambda grant: "trader" if grant.may_trade else "viewer")


class GrantChangeFactory(DjangoModelFactory[GrantChange]):
    """A viewer became a trader."""

    class Meta:
        model = GrantChange

    username = "trader"
    account = "DU1000001"
    role_before = "viewer"
    role_after = "trader"
    changed_by = "chief"


class ApiKeyFactory(DjangoModelFactory[ApiKey]):
    """A key for reading that nobody knows."""

    class Meta:
        model = ApiKey

    user = factory.SubFactory(UserFactory)
    name = "strategy"
    prefix = factory.Sequence(lambda n: f"{n:010x}")
    key_hash = "0" * 64
    scopes = factory.LazyFunction(lambda: ["read"])
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


class SignInFactory(DjangoModelFactory[SignIn]):
    """A program that signed in."""

    class Meta:
        model = SignIn

    user = factory.SubFactory(UserFactory)
    current_jti = factory.LazyFunction(lambda: uuid.uuid4().hex)
    auth_hash = factory.LazyAttribute(lambda sign_in: sign_in.user.get_session_auth_hash())
    last_used_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))
    user_agent = "python-requests/2.32"


class AccountValueFactory(DjangoModelFactory[AccountValue]):
    """A million dollars available."""

    class Meta:
        model = AccountValue

    account = factory.SubFactory(AccountFactory)
    tag = "AvailableFunds"
    currency = "USD"
    text = "1000000.00"
    amount = factory.LazyAttribute(lambda value: D(value.text))
    as_of = factory.LazyFunction(timezone.now)


class AccountPnlFactory(DjangoModelFactory[AccountPnl]):
    """Today's profit and loss."""

    class Meta:
        model = AccountPnl

    account = factory.SubFactory(AccountFactory)
    daily = D("125.50")
    unrealized = D("80.25")
    realized = D("45.25")
    as_of = factory.LazyFunction(timezone.now)


class InstrumentFactory(DjangoModelFactory[Instrument]):
    """A US stock, described by IB just now, whose market is always open."""

    class Meta:
        model = Instrument
        django_get_or_create = ("con_id",)

    con_id = factory.Sequence(lambda n: 900_000 + n)
    symbol = factory.Sequence(lambda n: f"SYM{n}")
    primary_exchange = "NASDAQ"
    local_symbol = factory.SelfAttribute("symbol")
    long_name = factory.LazyAttribute(lambda instrument: f"{instrument.symbol} INC")
    min_tick = D("0.01")
    details_at = factory.LazyFunction(timezone.now)


class AppleFactory(InstrumentFactory):
    """AAPL under IB's real number."""

    con_id = 265598
    symbol = "AAPL"
    long_name = "APPLE INC"


class PositionFactory(DjangoModelFactory[Position]):
    """A hundred shares."""

    class Meta:
        model = Position

    account = factory.SubFactory(AccountFactory)
    instrument = factory.SubFactory(InstrumentFactory)
    quantity = D(100)
    average_cost = D("190.01")
    market_price = D("191.00")
    market_value = factory.LazyAttribute(lambda position: position.quantity * position.market_price)
    unrealized_pnl = D(99)
    realized_pnl = D(0)
    as_of = factory.LazyFunction(timezone.now)


class PositionPnlFactory(DjangoModelFactory[PositionPnl]):
    """Today's profit and loss of a position, of which IB has not told the realized part."""

    class Meta:
        model = PositionPnl

    position = factory.SubFactory(PositionFactory)
    daily = D("20.25")
    unrealized = D(99)
    realized = None
    market_value = D(19100)
    as_of = factory.LazyFunction(timezone.now)
    confirmed_at = factory.SelfAttribute("as_of")


class EquitySnapshotFactory(DjangoModelFactory[EquitySnapshot]):
    """What an account was worth this minute."""

    class Meta:
        model = EquitySnapshot

    account = factory.SubFactory(AccountFactory)
    at = factory.LazyFunction(timezone.now)
    span_seconds = 60
    currency = "USD"
    net_liquidation = D("1000000.50")
    daily_pnl = D("125.50")
    values_at = factory.SelfAttribute("at")


class IbMessageFactory(DjangoModelFactory[IbMessage]):
    """IB's own words about an order."""

    class Meta:
        model = IbMessage

    kind = "orderStatus"
    source = EventSource.IB
    session = "session-1"
    payload = factory.LazyFunction(lambda: {"status": "Submitted", "filled": "0"})
    received_at = factory.LazyFunction(timezone.now)


class OrderEventFactory(DjangoModelFactory[OrderEvent]):
    """One line of the trade log."""

    class Meta:
        model = OrderEvent

    type = "order_accepted"
    source = EventSource.IB
    status_before = "pending_submit"
    status_after = factory.LazyAttribute(lambda event: event.order.status)
    at = factory.LazyFunction(timezone.now)


class OrderFactory(DjangoModelFactory[Order]):
    """A working limit order to buy 100, acknowledged by IB; its first event is written with it."""

    class Meta:
        model = Order
        skip_postgeneration_save = True

    id = factory.LazyFunction(uuid.uuid4)
    account = factory.SubFactory(AccountFactory)
    instrument = factory.SubFactory(InstrumentFactory)
    symbol = factory.SelfAttribute("instrument.symbol")
    client_order_id = factory.LazyAttribute(lambda order: str(order.id))
    side = "BUY"
    quantity = D(100)
    order_type = "LMT"
    limit_price = D("190.00")
    status = "working"
    ib_order_id = factory.Sequence(lambda n: 1 + n)
    ib_client_id = 7
    ib_perm_id = factory.Sequence(lambda n: 1_700_000_001 + n)
    ib_status = "Submitted"
    correlation_id = factory.LazyFunction(lambda: uuid.uuid4().hex)

    @factory.post_generation
    def first_event(self: Order, create: bool, _extracted: Any, **_more: Any) -> None:
        if not create:
            return
        is_ours = self.origin == OrderOrigin.DESK
        OrderEventFactory(
            order=self,
            type=(OrderSubmitted if is_ours else ExternalOrderSeen).type_name,
            source=EventSource.API if is_ours else EventSource.SYNC,
            status_before="pending_submit",
            status_after="pending_submit",
            actor=self.created_by,
            correlation_id=self.correlation_id,
        )

    @factory.post_generation
    def perm_id_row(self: Order, create: bool, _extracted: Any, **_more: Any) -> None:
        if create and self.ib_perm_id is not None:
            OrderPermId.objects.create(order=self, account=self.account, perm_id=self.ib_perm_id)


class FillFactory(DjangoModelFactory[Fill]):
    """One execution of a hundred, with its commission."""

    class Meta:
        model = Fill

    order = factory.SubFactory(OrderFactory, status="filled", filled_quantity=D(100), ib_status="Filled")
    account = factory.SelfAttribute("order.account")
    instrument = factory.SelfAttribute("order.instrument")
    symbol = factory.SelfAttribute("order.symbol")
    side = factory.SelfAttribute("order.side")
    exec_id = factory.LazyFunction(lambda: f"0000e0d5.65a1b2c3.{next(_exec_numbers):02d}.01")
    exec_root = factory.LazyAttribute(lambda fill: split_exec_id(fill.exec_id)[0])
    revision = factory.LazyAttribute(lambda fill: split_exec_id(fill.exec_id)[1])
    quantity = D(100)
    price = D("189.99")
    exchange = "NASDAQ"
    executed_at = factory.LazyFunction(timezone.now)
    perm_id = factory.SelfAttribute("order.ib_perm_id")
    ib_order_id = factory.SelfAttribute("order.ib_order_id")
    ib_client_id = factory.SelfAttribute("order.ib_client_id")
    commission = D("1.00")
    commission_currency = "USD"


class GatewayCommandFactory(DjangoModelFactory[GatewayCommand]):
    """An answered instruction to place an order."""

    class Meta:
        model = GatewayCommand

    kind = CommandKind.PLACE
    order = factory.SubFactory(OrderFactory)
    status = CommandStatus.DONE
    deadline_at = factory.LazyFunction(lambda: timezone.now() + timedelta(seconds=10))


class GatewayStateFactory(DjangoModelFactory[GatewayState]):
    """A gateway that says it is ready; its heartbeat lies ahead, so that no test outlives it."""

    class Meta:
        model = GatewayState
        django_get_or_create = ("name",)

    name = "main"
    state = GatewayStatus.READY
    heartbeat_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=10))
    connected_at = factory.LazyFunction(timezone.now)
    synced_at = factory.LazyFunction(timezone.now)
    host = "127.0.0.1"
    port = 4002
    client_id = 7
    server_version = 176
    library = "ib_insync 0.9.86"
    accounts = factory.LazyFunction(lambda: ["DU1000001"])


class RiskLimitsFactory(DjangoModelFactory[RiskLimits]):
    """The default limits of an account."""

    class Meta:
        model = RiskLimits
        django_get_or_create = ("account",)

    account = factory.SubFactory(AccountFactory)
    initial_margin_rate = D("0.5")


class LimitVersionFactory(DjangoModelFactory[LimitVersion]):
    """The largest order became smaller."""

    class Meta:
        model = LimitVersion

    account = factory.SubFactory(AccountFactory)
    version = factory.Sequence(lambda n: n + 1)
    before = factory.LazyFunction(lambda: to_text(Limits()))
    after = factory.LazyFunction(lambda: to_text(Limits(max_order_quantity=D(500))))
    reason = "earnings week"
    changed_by = factory.SubFactory(UserFactory)


class RiskDecisionFactory(DjangoModelFactory[RiskDecision]):
    """A denied order: the symbol was not allowed."""

    class Meta:
        model = RiskDecision

    account = factory.SubFactory(AccountFactory)
    is_allowed = False
    code = "SYMBOL_NOT_ALLOWED"
    rule = "symbol"
    message = "SYM is not on the list of allowed symbols."
    request = factory.LazyFunction(lambda: {"symbol": "SYM", "side": "BUY", "quantity": "100"})
    surroundings = factory.LazyFunction(lambda: {"position": "0", "available_funds": "1000000"})
    breaches = factory.LazyAttribute(
        lambda decision: [] if decision.is_allowed else [{"rule": decision.rule, "code": decision.code}]
    )
    rules_version = 1


class PositionAdjustmentFactory(DjangoModelFactory[PositionAdjustment]):
    """What an account held of an instrument when the desk first saw it."""

    class Meta:
        model = PositionAdjustment

    account = factory.SubFactory(AccountFactory)
    instrument = factory.SubFactory(InstrumentFactory)
    kind = "opening"
    quantity = D(100)
    reason = "Held when the desk first saw the account"


class ReconciliationRunFactory(DjangoModelFactory[ReconciliationRun]):
    """A run that found everything in order."""

    class Meta:
        model = ReconciliationRun

    status = "balanced"
    finished_at = factory.LazyFunction(timezone.now)
    orders_compared = 3
    fills_compared = 5
    positions_compared = 2


class ReconciliationBreakFactory(DjangoModelFactory[ReconciliationBreak]):
    """An open break: the ledger holds a position that IB does not."""

    class Meta:
        model = ReconciliationBreak

    first_run = factory.SubFactory(ReconciliationRunFactory, status="breaks")
    last_run = factory.SelfAttribute("first_run")
    kind = "position_differs"
    account = factory.SubFactory(AccountFactory)
    subject = factory.Sequence(lambda n: f"SYM{n}")
    ours = factory.LazyFunction(lambda: {"quantity": "100"})
    theirs = factory.LazyFunction(lambda: {"quantity": "90"})


class IncidentFactory(DjangoModelFactory[Incident]):
    """An open incident: IB has not said what became of an order."""

    class Meta:
        model = Incident

    kind = "order_unsettled"
    order = factory.SubFactory("tests.factories.OrderFactory", status="unknown", ib_order_id=42)
    account = factory.SelfAttribute("order.account")
    subject = factory.LazyAttribute(lambda incident: str(incident.order.pk))
    evidence = factory.LazyFunction(lambda: {"order": {"status": "unknown"}, "why": None, "ib_said": []})


class KillSwitchFactory(DjangoModelFactory[KillSwitch]):
    """The switch, released."""

    class Meta:
        model = KillSwitch
        django_get_or_create = ("name",)

    name = "main"


class KillSwitchEventFactory(DjangoModelFactory[KillSwitchEvent]):
    """Somebody engaged it."""

    class Meta:
        model = KillSwitchEvent

    action = "engaged"
    engagement = 1
    actor_name = "trader"
    via = "api"
    reason = "a test"


def person_with(role: str, accounts: Iterable[Account], **fields: Any) -> User:
    """A person, no superuser, with this role in these accounts."""
    person = UserFactory(**fields)
    for account in accounts:
        AccountGrantFactory(user=person, account=account, role=role)
    return person


def trader_of(accounts: Iterable[Account], **fields: Any) -> User:
    """A person, no superuser, who may trade these accounts."""
    return person_with("trader", accounts, **fields)
