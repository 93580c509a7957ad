"""Mutations: inputs in, one change or many at the tenant's vendor, payloads out."""
