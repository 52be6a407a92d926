"""The admin's own door: name, password, and the code of whoever has a second factor."""

from typing import Any

from django import forms
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from accounts.access.second_factor import require_second_factor
from accounts.models import User
from config.shared.errors import DeskError


class SignInForm(AuthenticationForm):
    """unfold's form and one more field; the rules are those of the API."""

    code = forms.CharField(
        required=False,
        max_length=40,
        label="Code of your authenticator",
        help_text="Only with a second factor",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": " ".join(BASE_INPUT_CLASSES)}
        ),
    )

    def clean(self) -> Any:
        """The password first; then the code, which counts as an attempt, too."""
        cleaned = super().clean()
        user = self.get_user()
        if isinstance(user, User):
            try:
                require_second_factor(user, self.cleaned_data.get("code") or "", self.request)
            except DeskError as error:
                raise forms.ValidationError(f"{error.message}.") from error
        return cleaned
