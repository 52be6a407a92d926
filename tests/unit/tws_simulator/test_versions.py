"""Version negotiation."""

import pytest
from tws_simulator.messages.versions import VersionError, negotiate


@pytest.mark.parametrize(
    ("offer", "version"),
    [("v157..176", 176), ("v157..178", 178), ("v100..226", 178), ("v100..157", 157), ("v157..176 +PACEAPI", 176)],
)
def test_the_lower_of_both_maxima_is_chosen(offer: str, version: int) -> None:
    assert negotiate(offer) == version


@pytest.mark.parametrize("offer", ["v100..156", "v179..200", "hello", "", "v..", "v170..160"])
def test_no_common_version_is_an_error(offer: str) -> None:
    with pytest.raises(VersionError):
        negotiate(offer)


def test_the_server_can_offer_less() -> None:
    assert negotiate("v100..226", server_max=163) == 163
