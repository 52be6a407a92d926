"""Admin pages of people, and of their roles in each account."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm
from unfold.forms import UserChangeForm as UnfoldUserChangeForm
from unfold.forms import UserCreationForm as UnfoldUserCreationForm

from accounts.access.grants import grant_role, revoke_role
from accounts.access.second_factor import reset_factor
from accounts.admin.scoped import AccountFilter, signed_in
from accounts.domain.roles import Permission, Role
from accounts.models import Account, AccountGrant, GrantChange, User
from config.shared.admin import DeskModelAdmin, ReadOnlyAdmin, back_to


class UserChangeForm(UnfoldUserChangeForm):
    """unfold's form, for our own user model."""

    class Meta(UnfoldUserChangeForm.Meta):
        model = User


class UserCreationForm(UnfoldUserCreationForm):
    """unfold's form, for our own user model."""

    class Meta(UnfoldUserCreationForm.Meta):
        model = User


class GrantInline(TabularInline):
    """What a person is in which account."""

    model = AccountGrant
    extra = 0
    fields = ("account", "role")
    tab = True


@admin.register(User)
class UserAdmin(BaseUserAdmin, DeskModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """People who sign in."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (GrantInline,)
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    compressed_fields = True
    actions_detail = ("reset_second_factor",)

    def has_reset_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Superusers."""
        return signed_in(request).is_superuser

    @action(
        description="Reset second factor",
        url_path="reset-second-factor",
        permissions=["reset"],
        icon="lock_reset",
        variant=ActionVariant.DANGER,
        dialog={
            "title": "Take this person's second factor away?",
            "description": "For somebody who has lost app and recovery codes. The password alone signs in then.",
            "form_class": None,
            "form_submit_text": "Reset",
        },
    )
    def reset_second_factor(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """By the service, which logs it."""
        user = User.objects.filter(pk=object_id).first()
        if user is not None:
            reset_factor(user, by=signed_in(request))
            messages.success(request, "The second factor is gone; the person sets up another in the settings.")
        return back_to(request, reverse("admin:accounts_user_change", args=[object_id]))

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> Any:
        """Roles belong to a person who exists."""
        return self.inlines if obj else ()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Roles are given and taken by the service, which keeps their history."""
        if formset.model is not AccountGrant:
            super().save_formset(request, form, formset, change)
            return
        by = signed_in(request)
        grants = formset.save(commit=False)
        for gone in formset.deleted_objects:
            revoke_role(by=by, user=gone.user, account=gone.account)
        for grant in grants:
            grant_role(by=by, user=grant.user, account=grant.account, role=Role(grant.role))


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, DeskModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """Groups of people with the same admin permissions."""


class GrantForm(forms.ModelForm):
    """A role of a person who is found by name: whoever administers one account sees no list of everybody."""

    person = forms.CharField(max_length=150, help_text="User name")

    class Meta:
        model = AccountGrant
        fields = ("account", "role")

    def clean_person(self) -> User:
        """The person of that name."""
        person = User.objects.filter(username=self.cleaned_data["person"], is_active=True).first()
        if person is None:
            raise forms.ValidationError("Nobody who may sign in has this name.")
        return person


@admin.register(AccountGrant)
class AccountGrantAdmin(DeskModelAdmin):
    """Who is what in which account; changes go through the service and are kept as history."""

    form = GrantForm
    list_display = ("user", "account", "role", "created_at")
    list_filter = (("account", AccountFilter), ("role", ChoicesRadioFilter))
    list_select_related = ("user", "account")
    search_fields = ("user__username", "account__code")
    search_help_text = "User name or account number"
    ordering = ("user__username", "account")
    actions = None
    fields = ("person", "account", "role")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the accounts this person administers."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(account__in=_administered(request))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Only the role of a grant can change."""
        return ("user", "account", "role") if obj else ("person", "account", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """A grant does not move from one person or account to another."""
        return ("user", "account") if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Without the name when there is a person already."""
        if obj is not None:
            kwargs["form"] = forms.ModelForm
            kwargs["fields"] = ("role",)
        return super().get_form(request, obj, change=change, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only the accounts this person administers."""
        if db_field.name == "account":
            kwargs["queryset"] = _administered(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: AccountGrant, form: Any, change: bool) -> None:
        """By the service."""
        user = obj.user if change else form.cleaned_data["person"]
        kept = grant_role(by=signed_in(request), user=user, account=obj.account, role=Role(obj.role))
        obj.pk, obj.user, obj.created_at = kept.pk, kept.user, kept.created_at

    def delete_model(self, request: HttpRequest, obj: AccountGrant) -> None:
        """By the service."""
        revoke_role(by=signed_in(request), user=obj.user, account=obj.account)


def _administered(request: HttpRequest) -> QuerySet[Account]:
    return Account.objects.open_to(signed_in(request), Permission.ADMINISTER)


@admin.register(GrantChange)
class GrantChangeAdmin(ReadOnlyAdmin):
    """Who gave which role to whom, and when."""

    list_display = ("changed_at", "username", "account", "before", "after", "changed_by", "reason")
    search_fields = ("username", "account", "changed_by")
    search_help_text = "User name or account number"
    ordering = ("-id",)
    sortable_by = ()
    fields = (("changed_at", "changed_by"), ("username", "account"), ("before", "after"), "reason", "request_id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the accounts this person administers."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.filter(account__in=_administered(request).values("code"))

    @display(description="was")
    def before(self, row: GrantChange) -> str:
        """The role before."""
        return row.role_before.replace("_", " ") or "–"

    @display(description="became")
    def after(self, row: GrantChange) -> str:
        """The role after."""
        return row.role_after.replace("_", " ") or "–"
