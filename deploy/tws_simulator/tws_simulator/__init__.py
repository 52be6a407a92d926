"""A simulated Interactive Brokers Gateway that speaks the TWS wire protocol."""

__version__ = "0.1.0"
