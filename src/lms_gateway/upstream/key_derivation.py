"""Derivation of keys from the secrets of a tenant's configuration, so that none is stored."""

import hashlib
import hmac


def derive_key(purpose: str, tenant: str, *secrets: str) -> bytes:
    """Return a 32-byte key for a purpose, tenant and credential.

    It is equal on all replicas and after a restart, differs per credential, and does not reveal the secrets.
    """
    material = hashlib.sha256()
    for secret in secrets:
        # The lengths make ("ab", "c") and ("a", "bc") different.
        material.update(f"{len(secret)}:{secret}".encode())
    return hmac.digest(material.digest(), f"{purpose}:{tenant}".encode(), "sha256")
