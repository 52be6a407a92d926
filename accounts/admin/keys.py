"""Admin pages of API keys and token sign-ins: looked at, and ended."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from accounts.access.api_keys import MARK, revoke_key
from accounts.admin.scoped import signed_in
from accounts.models import ApiKey, SignIn
from accounts.tokens import end_sign_in
from config.shared.admin import ReadOnlyAdmin, back_to


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Everybody's keys, without their secrets, which nobody knows any more."""

    list_display = ("name", "user", "start", "scopes", "shown_accounts", "expires_at", "last_used_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    search_help_text = "Name, beginning of the key, or user name"
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("name", "user", "start"),
        ("scopes", "shown_accounts"),
        ("created_at", "expires_at"),
        ("last_used_at", "last_used_from"),
        ("revoked_at", "revoked_by"),
    )
    actions_detail = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Superusers; everybody else revokes their own in the settings of the web app."""
        return signed_in(request).is_superuser

    @action(
        description="Revoke",
        url_path="revoke",
        permissions=["revoke"],
        icon="key_off",
        variant=ActionVariant.DANGER,
        dialog={
            "title": "Revoke this key?",
            "description": "Programs that use it are refused from now on. There is no way back.",
            "form_class": None,
            "form_submit_text": "Revoke",
        },
    )
    def revoke(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """End the key."""
        key = ApiKey.objects.filter(pk=object_id).first()
        if key is not None:
            revoke_key(key=key, by=signed_in(request))
            messages.success(request, "The key is revoked.")
        return back_to(request, reverse("admin:accounts_apikey_change", args=[object_id]))

    @display(description="begins with")
    def start(self, key: ApiKey) -> str:
        """To recognise it by."""
        return f"{MARK}{key.prefix}"

    @display(description="accounts")
    def shown_accounts(self, key: ApiKey) -> str:
        """Where it counts."""
        return "all of the owner" if key.accounts is None else ", ".join(key.accounts)


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    """Programs that signed in with name and password."""

    list_display = ("user", "created_at", "last_used_at", "expires_at", "address", "user_agent", "revoked_why")
    list_select_related = ("user",)
    search_fields = ("user__username", "address")
    search_help_text = "User name or address"
    ordering = ("-created_at",)
    sortable_by = ()
    fields = (
        ("user", "address"),
        "user_agent",
        ("created_at", "last_used_at", "expires_at"),
        ("revoked_at", "revoked_why"),
    )
    actions_detail = ("end",)

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Superusers; everybody else ends their own in the settings of the web app."""
        return signed_in(request).is_superuser

    @action(
        description="End",
        url_path="end",
        permissions=["end"],
        icon="logout",
        variant=ActionVariant.DANGER,
        dialog={
            "title": "End this sign-in?",
            "description": "The program has to sign in again.",
            "form_class": None,
            "form_submit_text": "End",
        },
    )
    def end(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """End the sign-in."""
        row = SignIn.objects.filter(pk=object_id).first()
        if row is not None:
            end_sign_in(row, why=f"ended by {signed_in(request).username}"[:40])
            messages.success(request, "The sign-in has ended.")
        return back_to(request, reverse("admin:accounts_signin_change", args=[object_id]))
