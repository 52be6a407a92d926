"""Routes of instruments, quotes and bars, below `/api/v1/`."""

from django.urls import path, register_converter

from market_data.api import views


class ConIdConverter:
    """A positive number that fits a database's big integer."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Its digits."""
        return str(value)


register_converter(ConIdConverter, "con_id")

urlpatterns = [
    path("instruments/", views.InstrumentSearch.as_view()),
    path("instruments/<con_id:con_id>/", views.InstrumentDetail.as_view()),
    path("quotes/", views.QuoteList.as_view()),
    path("bars/", views.BarList.as_view()),
]
