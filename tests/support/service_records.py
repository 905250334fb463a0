"""SVCB and HTTPS records (RFC 9460), put together byte by byte."""

import struct
from ipaddress import ip_address

import dnslib

ECH_CONFIG = bytes.fromhex("0004fe0d0000")


def hint(key: int, value: bytes) -> bytes:
    """Return a parameter."""
    return struct.pack("!HH", key, len(value)) + value


def hints(*addresses: str) -> bytes:
    """Return the parameter with these addresses, all IPv4 or all IPv6."""
    packed = [ip_address(address).packed for address in addresses]
    return hint(4 if len(packed[0]) == 4 else 6, b"".join(packed))


def ech() -> bytes:
    """Return a parameter with a key for Encrypted ClientHello."""
    return hint(5, ECH_CONFIG)


def https_data(target: bytes, *parameters: bytes, priority: int = 1) -> bytes:
    """Return the data of a record; *parameters* in the order of their keys."""
    return struct.pack("!H", priority) + target + b"".join(parameters)


def https_record(
    target: bytes, *parameters: bytes, name: str = "www.example.com", priority: int = 1
) -> str:
    """Return a record as a line of a zone file, for implementations that do not know its type."""
    data = https_data(target, *parameters, priority=priority)
    return rf"{name}. 60 IN TYPE65 \# {len(data)} {data.hex()}"


def data_of(record: dnslib.RR) -> bytes:
    """Return the data of a record that another implementation has read."""
    buffer = dnslib.DNSBuffer()
    record.rdata.pack(buffer)
    return bytes(buffer.data)
