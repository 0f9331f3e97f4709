"""Loaded by every Python of a test without a network: each look or step beyond this machine is written down and refused."""

import ipaddress
import os
import sys
from pathlib import Path


def _is_here(address: object) -> bool:
    host = address[0] if isinstance(address, tuple) else address
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    # A path is a socket of this machine; no name at all is any of its own addresses.
    if not isinstance(host, str) or host in ("", "localhost") or not isinstance(address, tuple):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _watch(event: str, args: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        asked = args[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        asked = (args[0],)
    elif event == "socket.bind":
        asked = args[1]
    else:
        return
    if not _is_here(asked):
        with Path(os.environ["PEERKIT_TEST_ATTEMPTS"]).open("a", encoding="utf-8") as told:
            told.write(f"{event} {asked}\n")
        message = "No network in this test."
        raise OSError(message)


if "PEERKIT_TEST_ATTEMPTS" in os.environ:
    sys.addaudithook(_watch)
