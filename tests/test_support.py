"""The helpers of the tests."""

import socket

import pytest

from tests.support.servers import free_port


def test_a_free_port_is_reserved_for_one_server() -> None:
    port = free_port()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(("127.0.0.1", port))
    # Servers bind ports like this.
    with socket.create_server(("127.0.0.1", port)):
        socket.create_connection(("127.0.0.1", port)).close()
