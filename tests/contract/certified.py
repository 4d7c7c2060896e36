"""Certificates of an authority that tests made, in files as users have them, and a client that trusts it."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from shipway.adapters.traffic._options import Tls
from tests.contract.backends import Client

HOST = "shop.example.com"


class Authority:
    """Issues certificates into one pair of files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = trustme.CA()
        self.cert, self.key = folder / "fullchain.pem", folder / "privkey.pem"

    @property
    def tls(self) -> Tls:
        return Tls(cert=str(self.cert), key=str(self.key))

    def issue(self, *hosts: str, **named: object) -> trustme.LeafCert:
        """Write a new pair in place, as some tools do."""
        leaf = self.ca.issue_cert(*(hosts or (HOST,)), **named)  # type: ignore[arg-type]
        self.cert.write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
        self.key.write_bytes(leaf.private_key_pem.bytes())
        return leaf

    def issue_for_days(self, days: int, *hosts: str) -> float:
        """When the new certificate ends, epoch seconds."""
        ends_at = (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)
        self.issue(*hosts, not_after=ends_at)
        return ends_at.timestamp()

    def context(self, *protocols: str) -> ssl.SSLContext:
        """Of a client that trusts nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.ca.configure_trust(context)
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context


class TlsClient(Client):
    """One kept connection over TLS."""

    def __init__(self, address: str, context: ssl.SSLContext, host: str = HOST) -> None:
        super().__init__(address)
        self.context, self.host = context, host

    async def connect(self) -> ssl.SSLObject:
        """Opens the connection, and tells what it speaks."""
        host, _, port = self.address.rpartition(":")
        self._streams = await asyncio.open_connection(host, int(port), ssl=self.context, server_hostname=self.host)
        found: ssl.SSLObject = self._streams[1].get_extra_info("ssl_object")
        return found


async def serial(address: str, authority: Authority, host: str = HOST) -> str:
    """Of the certificate that a new connection meets."""
    client = TlsClient(address, authority.context(), host)
    try:
        certificate = (await client.connect()).getpeercert() or {}
        return str(certificate["serialNumber"])
    finally:
        client.close()
