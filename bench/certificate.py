"""Certificates for simulated vendors with TLS."""

from pathlib import Path

import trustme

from bench.servers import Certificate


def make_certificate(folder: Path) -> Certificate:
    """Create an authority and a certificate for the loopback address."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    certificate = Certificate(folder / "chain.pem", folder / "key.pem", folder / "authority.pem")
    authority.cert_pem.write_to_path(str(certificate.authority))
    issued.private_key_pem.write_to_path(str(certificate.key))
    for index, part in enumerate(issued.cert_chain_pems):
        part.write_to_path(str(certificate.chain), append=index > 0)
    return certificate
