"""`make drill`: random faults and kills against a running desk, then desk and simulator compared item by item."""
