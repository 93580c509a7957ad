"""Long-running jobs of a vendor: read once, or polled for subscriptions."""
