"""nginx keeps the contract of TLS."""

import pytest

from contract.encrypted import EncryptedContract
from contract.nginx_stand import needs_nginx, open_nginx

pytestmark = [pytest.mark.real, needs_nginx]


class TestTls(EncryptedContract):
    opens = open_nginx
    options = {"concurrency": 2}  # noqa: RUF012 - nobody changes it
