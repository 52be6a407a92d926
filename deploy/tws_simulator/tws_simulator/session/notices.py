"""What a Gateway says of itself: its link to IB and the data farms."""

FARM = "usfarm"
FARMS_UP = (
    (2104, f"Market data farm connection is OK:{FARM}"),
    (2106, "HMDS data farm connection is OK:ushmds"),
    (2158, "Sec-def data farm connection is OK:secdefnj"),
)
FARMS_DOWN = (
    (2103, f"Market data farm connection is broken:{FARM}"),
    (2105, "HMDS data farm connection is broken:ushmds"),
    (2157, "Sec-def data farm connection is broken:secdefnj"),
)
LINK_DOWN = (1100, "Connectivity between IB and Trader Workstation has been lost.")
LINK_UP_LOST = (
    1101,
    "Connectivity between IB and Trader Workstation has been restored- data lost.",
)
LINK_UP_KEPT = (
    1102,
    "Connectivity between IB and Trader Workstation has been restored - data maintained.",
)
