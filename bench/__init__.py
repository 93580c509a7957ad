"""Benchmarks of the gateway: CPU, latency, memory and vendor calls."""
