"""What fixed queries cost: vendor calls and latency."""
