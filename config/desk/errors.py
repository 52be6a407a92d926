"""What stops a start, told to a person: each message names the cause and what to do."""


class DeskStartError(RuntimeError):
    """The desk cannot start; the text is shown as it is, without a traceback."""


class AlreadyRunningError(DeskStartError):
    """Another supervisor holds this DESK_HOME."""
