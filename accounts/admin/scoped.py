"""What the admin pages of all apps know of the person who asks."""

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from accounts.models import Account, User
from config.shared.admin import ReadOnlyAdmin


def signed_in(request: HttpRequest) -> User:
    """The person who asks; the admin lets nobody else through."""
    return cast(User, request.user)


class AccountScopedAdmin(ReadOnlyAdmin):
    """Staff see the rows of the accounts granted to them; superusers see all."""

    account_path = "account"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows this person may see."""
        rows: QuerySet[Any] = super().get_queryset(request)
        person = signed_in(request)
        if person.is_superuser:
            return rows
        return rows.filter(**{f"{self.account_path}__in": Account.objects.visible_to(person)})


class AccountFilter(RelatedDropdownFilter):
    """By account; names only those that this person may see."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The person's accounts."""
        codes = Account.objects.visible_to(signed_in(request)).values_list("code", flat=True)
        return [(code, code) for code in codes]
