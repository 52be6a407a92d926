"""The one process that speaks to Interactive Brokers; nothing else imports ib_insync."""
