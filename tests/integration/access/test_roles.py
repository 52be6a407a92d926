"""Roles in an account: what each may, who gave it, and where it counts."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission as TablePermission
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from accounts.access.grants import grant_role, revoke_role
from accounts.domain.roles import PERMISSIONS, Permission, Role
from accounts.models import AccountGrant, GrantChange, User
from config.shared.errors import DeskError
from tests.factories import AccountFactory, AccountGrantFactory, RiskLimitsFactory, StaffFactory, person_with
from tests.fixtures.access import ROLE_MAY
from tests.fixtures.api import ORDER, ApiDesk, assert_error
from trading.models import RiskLimits

ROLES = "/api/v1/accounts/DU1000001/roles/"
CHANGES = "/api/v1/accounts/DU1000001/role-changes/"


@pytest.fixture
def chief(desk: ApiDesk) -> User:
    return person_with("administrator", [desk.account], username="chief")


def put(desk: ApiDesk, by: User, username: str, **body: Any) -> Any:
    return desk.client_of(by).put(f"{ROLES}{username}/", body or {"role": "trader"}, format="json")


@pytest.mark.parametrize("role", list(Role))
def test_the_desk_and_the_table_of_the_tests_agree(role: Role) -> None:
    assert {str(permission) for permission in PERMISSIONS[role]} == ROLE_MAY[role] - {"public", "signed_in", "engage"}


def test_an_administrator_gives_a_role_and_takes_it_and_both_are_on_record(desk: ApiDesk, chief: User) -> None:
    answer = put(desk, chief, "watcher", role="risk_manager", reason="holiday cover")
    assert answer.status_code == 200
    assert answer.json()["role"] == "risk_manager"
    assert desk.watcher.may(Permission.MANAGE_RISK, desk.account)
    assert desk.client_of(chief).delete(f"{ROLES}watcher/").status_code == 204
    assert not desk.watcher.may(Permission.SEE, desk.account)
    rows = desk.client_of(chief).get(CHANGES).json()["results"]
    told = [(r["username"], r["role_before"], r["role_after"], r["changed_by"], r["reason"]) for r in rows]
    assert told == [
        ("watcher", "risk_manager", None, "chief", ""),
        ("watcher", "viewer", "risk_manager", "chief", "holiday cover"),
    ]
    assert rows[1]["request_id"] == answer["X-Request-ID"]


def test_the_same_role_again_leaves_no_trace(desk: ApiDesk, chief: User) -> None:
    assert put(desk, chief, "watcher", role="viewer").status_code == 200
    assert not GrantChange.objects.exists()


def test_an_administrator_of_another_account_knows_nothing_of_this_one(desk: ApiDesk) -> None:
    foreigner = person_with("administrator", [desk.foreign_account])
    assert_error(put(desk, foreigner, "watcher"), 404, "RESOURCE_NOT_FOUND")
    assert_error(desk.client_of(foreigner).get(ROLES), 404, "RESOURCE_NOT_FOUND")
    with pytest.raises(DeskError):
        grant_role(by=foreigner, user=foreigner, account=desk.account, role=Role.TRADER)
    with pytest.raises(DeskError):
        revoke_role(by=foreigner, user=desk.trader, account=desk.account)
    assert desk.trader.may_trade(desk.account)
    assert not foreigner.may_see(desk.account)


@pytest.mark.parametrize("body", [{"role": "king"}, {"role": 1}, {}, {"role": "viewer", "reason": "x" * 201}, {"r": 1}])
def test_a_role_that_is_none(desk: ApiDesk, chief: User, body: dict[str, Any]) -> None:
    answer = desk.client_of(chief).put(f"{ROLES}watcher/", body, format="json")
    assert_error(answer, 400, "VALIDATION_ERROR")


def test_nobody_can_be_given_a_role_who_is_not_there(desk: ApiDesk, chief: User) -> None:
    assert_error(put(desk, chief, "ghost"), 404, "RESOURCE_NOT_FOUND")
    assert_error(desk.client_of(chief).delete(f"{ROLES}stranger/"), 404, "RESOURCE_NOT_FOUND")


def test_the_history_cannot_be_rewritten(desk: ApiDesk, chief: User) -> None:
    put(desk, chief, "watcher", role="trader")
    for rewrite in (
        lambda: GrantChange.objects.update(changed_by="somebody else"),
        lambda: GrantChange.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            rewrite()


def test_a_risk_manager_cancels_and_does_not_trade(desk: ApiDesk) -> None:
    order = desk.working()
    client = desk.client_of(person_with("risk_manager", [desk.account]))
    refused = client.post("/api/v1/orders/", ORDER | {"account": "DU1000001"}, format="json")
    assert_error(refused, 403, "AUTHORIZATION_FAILED")
    assert client.post("/api/v1/orders/cancel-all/", {}, format="json").json()["requested"] == 1
    order.refresh_from_db()
    assert order.status == "pending_cancel"


def test_who_you_are_says_what_you_may(desk: ApiDesk, chief: User) -> None:
    told = desk.client_of(chief).get("/api/v1/auth/me/").json()
    assert told["accounts"] == [
        {
            "account": "DU1000001",
            "role": "administrator",
            "permissions": [str(permission) for permission in Permission],
            "may_trade": True,
        }
    ]
    assert told["may_operate"] is False


class TestAdmin:
    """The same table decides in the admin site."""

    @pytest.fixture
    def limits(self, desk: ApiDesk) -> RiskLimits:
        row: RiskLimits = RiskLimitsFactory(account=desk.account)
        return row

    @pytest.fixture(autouse=True)
    def unhashed_static_files(self, settings: Any) -> None:
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}

    def staff(self, client: Client, role: str, desk: ApiDesk) -> User:
        person = person_with(role, [desk.account], is_staff=True)
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return person

    def change(self, client: Client, limits: RiskLimits) -> int:
        url = reverse("admin:trading_risklimits_change", args=[limits.pk])
        form = {"max_order_quantity": "7", "initial_margin_rate": "0.5", "allowed_symbols": "", "blocked_symbols": ""}
        form["reason"] = "less of it"
        return client.post(url, form).status_code

    @pytest.mark.parametrize("role", list(Role))
    def test_limits_are_seen_by_all_and_changed_by_those_who_manage_risk(
        self, client: Client, desk: ApiDesk, limits: RiskLimits, role: Role
    ) -> None:
        self.staff(client, role, desk)
        assert client.get(reverse("admin:trading_risklimits_change", args=[limits.pk])).status_code == 200
        may = Permission.MANAGE_RISK in PERMISSIONS[role]
        assert self.change(client, limits) == (302 if may else 403)
        limits.refresh_from_db()
        assert (limits.max_order_quantity == 7) == may

    def test_a_table_permission_does_not_replace_the_role(
        self, client: Client, desk: ApiDesk, limits: RiskLimits
    ) -> None:
        person = self.staff(client, "viewer", desk)
        person.user_permissions.add(TablePermission.objects.get(codename="change_risklimits"))
        assert self.change(client, limits) == 403

    def test_limits_of_another_account_are_not_there(self, client: Client, desk: ApiDesk) -> None:
        self.staff(client, "administrator", desk)
        foreign = RiskLimitsFactory(account=desk.foreign_account)
        assert self.change(client, foreign) == 302  # the admin's own word for "there is none"
        foreign.refresh_from_db()
        assert foreign.max_order_quantity == 10_000

    @pytest.mark.parametrize("role", list(Role))
    def test_roles_are_given_by_administrators_of_the_account(self, client: Client, desk: ApiDesk, role: Role) -> None:
        self.staff(client, role, desk)
        form = {"person": "stranger", "account": "DU1000001", "role": "trader"}
        answer = client.post(reverse("admin:accounts_accountgrant_add"), form)
        may = role is Role.ADMINISTRATOR
        assert answer.status_code == (302 if may else 403)
        assert desk.stranger.may_trade(desk.account) == may
        assert GrantChange.objects.count() == may

    def test_an_administrator_gives_nothing_in_another_account(self, client: Client, desk: ApiDesk) -> None:
        self.staff(client, "administrator", desk)
        form = {"person": "trader", "account": "DU2000002", "role": "trader"}
        assert client.post(reverse("admin:accounts_accountgrant_add"), form).status_code == 200
        assert not desk.trader.may_see(desk.foreign_account)
        grant = AccountGrant.objects.get(user=desk.stranger)
        assert client.post(reverse("admin:accounts_accountgrant_delete", args=[grant.pk]), {"post": "yes"}).status_code
        assert AccountGrant.objects.filter(pk=grant.pk).exists()

    def test_people_are_for_superusers(self, client: Client, desk: ApiDesk) -> None:
        self.staff(client, "administrator", desk)
        assert client.get(reverse("admin:accounts_user_changelist")).status_code == 403

    def test_roles_on_the_page_of_a_person_are_on_record_too(self, client: Client, desk: ApiDesk) -> None:
        root = StaffFactory(username="root")
        client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
        grant = AccountGrant.objects.get(user=desk.watcher)
        other = AccountFactory(code="DU3000003")
        form = {
            "username": "watcher",
            "is_active": "on",
            "date_joined_0": "2026-01-01",
            "date_joined_1": "00:00:00",
            "grants-TOTAL_FORMS": "2",
            "grants-INITIAL_FORMS": "1",
            "grants-0-id": str(grant.pk),
            "grants-0-user": str(desk.watcher.pk),
            "grants-0-account": "DU1000001",
            "grants-0-DELETE": "on",
            "grants-1-id": "",
            "grants-1-user": str(desk.watcher.pk),
            "grants-1-account": "DU3000003",
            "grants-1-role": "risk_manager",
        }
        answer = client.post(reverse("admin:accounts_user_change", args=[desk.watcher.pk]), form)
        assert answer.status_code == 302, answer.context["errors"]
        assert desk.watcher.role_in(other) is Role.RISK_MANAGER
        assert not desk.watcher.may_see(desk.account)
        told = set(GrantChange.objects.values_list("account", "role_before", "role_after", "changed_by"))
        assert told == {("DU1000001", "viewer", "", "root"), ("DU3000003", "", "risk_manager", "root")}

    @pytest.mark.parametrize("role", list(Role))
    def test_staff_see_only_what_concerns_their_account(self, client: Client, desk: ApiDesk, role: Role) -> None:
        self.staff(client, role, desk)
        AccountGrantFactory(account=desk.foreign_account)
        for name in ("account", "accountvalue", "position"):
            page = client.get(reverse(f"admin:accounts_{name}_changelist"))
            assert page.status_code == 200
            assert "DU2000002" not in page.content.decode()
