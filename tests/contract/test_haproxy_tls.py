"""HAProxy keeps the contract of TLS."""

import pytest

from contract.encrypted import EncryptedContract
from contract.haproxy_stand import needs_haproxy, open_haproxy

pytestmark = [pytest.mark.real, needs_haproxy]


class TestTls(EncryptedContract):
    opens = open_haproxy
    options = {"threads": 2}  # noqa: RUF012 - nobody changes it
