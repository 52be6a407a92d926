"""The error codes of the Flex Web Service."""

_SHORTLY = "Please try again shortly."
FLEX_CODES: dict[int, str] = {
    1001: f"Statement could not be generated at this time. {_SHORTLY}",
    1003: "Statement is not available.",
    1004: f"Statement is incomplete at this time. {_SHORTLY}",
    1005: f"Settlement data is not ready at this time. {_SHORTLY}",
    1006: f"FIFO P/L data is not ready at this time. {_SHORTLY}",
    1007: f"MTM P/L data is not ready at this time. {_SHORTLY}",
    1008: f"MTM and FIFO P/L data is not ready at this time. {_SHORTLY}",
    1009: f"The server is under heavy load. Statement could not be generated at this time. {_SHORTLY}",
    1010: "Legacy Flex Queries are no longer supported. Please convert over to Activity Flex.",
    1011: "Service account is inactive.",
    1012: "Token has expired.",
    1013: "IP restriction.",
    1014: "Query is invalid.",
    1015: "Token is invalid.",
    1016: "Account in invalid.",
    1017: "Reference code is invalid.",
    1018: f"Too many requests have been made from this token. {_SHORTLY}",
    1019: f"Statement generation in progress. {_SHORTLY}",
    1020: "Invalid request or unable to validate request.",
    1021: f"Statement could not be retrieved at this time. {_SHORTLY}",
}
IN_PROGRESS = 1019
