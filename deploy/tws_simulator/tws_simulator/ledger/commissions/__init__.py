"""What IB charges, by its published price lists: one module a kind of instrument, `schedule` chooses."""
