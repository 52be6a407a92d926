"""Admin page of what moved a position without a fill: its opening, and what a person accepted."""

from django.contrib import admin
from unfold.contrib.filters.admin import ChoicesRadioFilter, RelatedDropdownFilter
from unfold.decorators import display

from accounts.admin import AccountScopedAdmin
from config.shared.figures import figure, number
from trading.admin.story import pretty
from trading.models import PositionAdjustment


@admin.register(PositionAdjustment)
class PositionAdjustmentAdmin(AccountScopedAdmin):
    """Newest first; nobody can change a line, a person adds one by accepting IB's figure in an incident."""

    list_display = ("at", "account", "symbol", "kind", "by", "reason", "actor")
    list_select_related = ("account", "instrument", "actor")
    list_filter = (("kind", ChoicesRadioFilter), ("account", RelatedDropdownFilter))
    search_fields = ("instrument__symbol__istartswith", "account__code")
    search_help_text = "Symbol or account number"
    sortable_by = ()
    fields = (("at", "kind", "by"), ("account", "instrument"), ("actor", "incident"), "reason", "shown_evidence")

    @display(description="symbol")
    def symbol(self, row: PositionAdjustment) -> str:
        """The instrument's symbol."""
        return row.instrument.symbol

    @display(description="quantity")
    def by(self, row: PositionAdjustment) -> str:
        """Signed."""
        return figure(number(row.quantity))

    @display(description="evidence")
    def shown_evidence(self, row: PositionAdjustment) -> str:
        """What IB and the ledger said."""
        return pretty(row.evidence)
