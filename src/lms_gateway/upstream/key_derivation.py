"""Keys that need no store: made from what a tenant's configuration holds already."""

import hashlib
import hmac


def derive_key(purpose: str, tenant: str, *secrets: str) -> bytes:
    """32 bytes for one purpose, tenant and credential: the same on every replica and each start.

    Another credential gives another key, and the key does not tell the secrets.
    """
    material = hashlib.sha256()
    for secret in secrets:
        # Lengths keep ("ab", "c") and ("a", "bc") apart.
        material.update(f"{len(secret)}:{secret}".encode())
    return hmac.digest(material.digest(), f"{purpose}:{tenant}".encode(), "sha256")
