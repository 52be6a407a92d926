"""Routes of sign-in, accounts and positions, below `/api/v1/`."""

from django.urls import path, register_converter

from accounts.api import auth_views, key_views, role_views, second_factor_views, sign_in_views, views


class AccountConverter:
    """An account number: what is spelled otherwise cannot be one."""

    regex = "[A-Za-z0-9]{1,20}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


class KeyIdConverter:
    """A positive number that fits a database's big integer."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Its digits."""
        return str(value)


register_converter(AccountConverter, "account")
register_converter(KeyIdConverter, "key_id")

urlpatterns = [
    path("auth/token/", auth_views.TokenView.as_view()),
    path("auth/token/refresh/", auth_views.TokenRefreshView.as_view()),
    path("auth/ws-ticket/", auth_views.TicketView.as_view()),
    path("auth/token/revoke/", sign_in_views.TokenRevokeView.as_view()),
    path("auth/sign-ins/", sign_in_views.SignInList.as_view()),
    path("auth/sign-ins/<uuid:id>/", sign_in_views.SignInDetail.as_view()),
    path("auth/sign-out-everywhere/", sign_in_views.SignOutEverywhere.as_view()),
    path("auth/api-keys/", key_views.ApiKeyList.as_view()),
    path("auth/api-keys/<key_id:key_id>/", key_views.ApiKeyDetail.as_view()),
    path("auth/second-factor/", second_factor_views.SecondFactorView.as_view()),
    path("auth/second-factor/confirm/", second_factor_views.ConfirmView.as_view()),
    path("auth/second-factor/recovery-codes/", second_factor_views.RecoveryCodesView.as_view()),
    path("auth/second-factor/remove/", second_factor_views.RemoveView.as_view()),
    path("auth/session/", auth_views.SessionView.as_view()),
    path("auth/me/", auth_views.MeView.as_view()),
    path("accounts/", views.AccountList.as_view()),
    path("accounts/<account:account>/", views.AccountDetail.as_view()),
    path("accounts/<account:account>/pnl/", views.AccountPnlView.as_view()),
    path("accounts/<account:account>/currencies/", views.AccountCurrenciesView.as_view()),
    path("accounts/<account:account>/margin/", views.AccountMarginView.as_view()),
    path("accounts/<account:account>/equity/", views.AccountEquityView.as_view()),
    path("accounts/<account:account>/roles/", role_views.RoleList.as_view()),
    path("accounts/<account:account>/roles/<str:username>/", role_views.RoleDetail.as_view()),
    path("accounts/<account:account>/role-changes/", role_views.RoleChangeList.as_view()),
    path("positions/", views.PositionList.as_view()),
]
