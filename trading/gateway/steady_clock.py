"""Time that cannot be stepped, for leases and deadlines: it also passes while the machine is suspended."""

from config.shared.clock import boot_seconds as steady

__all__ = ["steady"]
