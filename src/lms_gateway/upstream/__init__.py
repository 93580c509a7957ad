"""The way to a vendor: one stack per credential, and the only package that knows httpx2."""
