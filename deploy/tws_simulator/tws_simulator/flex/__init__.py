"""IB's Flex Web Service: end-of-day statements in XML, made of the simulator's own executions."""
