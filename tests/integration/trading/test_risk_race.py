"""Two people trade one account at the same instant, on a real PostgreSQL: together they pass no limit either."""

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import orjson
import pytest
from django.utils import timezone

from accounts.models import User
from config.shared.errors import DeskError
from config.shared.redis import QUOTES_LATEST, redis_client
from market_data.models import Instrument
from tests.factories import AccountFactory, AccountValueFactory, GatewayStateFactory, StaffFactory, UserFactory
from tests.fixtures.parallel import at_once
from trading.domain.orders import OrderSide, OrderTicket, OrderType
from trading.models import LimitVersion, Order, RiskDecision, RiskLimits
from trading.services.limits import Scope, set_limits
from trading.services.orders import submit_order

pytestmark = pytest.mark.django_db(transaction=True)
TICKET = OrderTicket(side=OrderSide.BUY, quantity=D(60), order_type=OrderType.LMT, limit_price=D("190.00"))
ROUNDS = 5


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"max_position_quantity": D(100)}, "POSITION_LIMIT_EXCEEDED"),
        ({"initial_margin_rate": D("1")}, "INSUFFICIENT_FUNDS"),
    ],
)
def test_two_people_at_once_pass_only_what_they_would_pass_in_turn(limits: dict[str, D], code: str) -> None:
    instrument = Instrument.objects.create(
        con_id=265598, symbol="AAPL", min_tick=D("0.01"), details_at=timezone.now(), exchange="SMART"
    )
    GatewayStateFactory(heartbeat_at=timezone.now() + timedelta(minutes=10))
    row = dict.fromkeys(("bid", "ask"), "190.00") | {"last": None, "time": timezone.now().isoformat()}
    redis_client().hset(QUOTES_LATEST, "265598", orjson.dumps(row))
    people: list[User] = [UserFactory(), UserFactory()]
    for _ in range(ROUNDS):
        account = AccountFactory()
        AccountValueFactory(account=account, amount=D(20_000))  # one order needs 11,400 of it, two 22,800
        RiskLimits.objects.create(account=account, **limits)

        def place(user: User, account: Any = account) -> Any:
            return submit_order(user=user, account=account, instrument=instrument, ticket=TICKET)

        results = at_once(*(lambda user=user: place(user) for user in people), kept=DeskError)
        refused = [result.code for result in results if isinstance(result, DeskError)]
        assert refused == [code]
        assert Order.objects.filter(account=account).count() == 1
        verdicts = RiskDecision.objects.filter(account=account).values_list("is_allowed", flat=True)
        assert sorted(verdicts) == [False, True]


def test_two_changes_of_the_same_version_at_once_make_one_version_and_one_conflict() -> None:
    chief = StaffFactory(username="chief")
    scope = Scope(account=AccountFactory())

    def change(quantity: int) -> Any:
        return set_limits(
            scope=scope, version=0, changes={"max_order_quantity": D(quantity)}, by=chief, reason="a race"
        )

    results = at_once(lambda: change(10), lambda: change(20), kept=DeskError)
    assert [result.code for result in results if isinstance(result, DeskError)] == ["CONFLICT"]
    version = LimitVersion.objects.get()
    assert RiskLimits.objects.get().max_order_quantity == D(version.after["max_order_quantity"])
