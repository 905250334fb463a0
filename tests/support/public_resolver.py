"""A public resolver: unbound, which answers over UDP, TCP, TLS and HTTPS with names of the test."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.certificates import Certificate
from tests.support.peers import Endpoint, need, running


@contextmanager
def public_resolver(
    folder: Path,
    endpoints: Sequence[Endpoint],
    certificate: Certificate,
    addresses: Mapping[str, Sequence[str]],
    tls_port: int = 853,
    https_port: int = 443,
) -> Iterator[Endpoint]:
    """Serve at *endpoints*, ports for TLS and HTTPS among them, in the namespace of this thread.

    *addresses* are those of each name; no other name exists. The first of *endpoints* is asked
    whether it is ready, and given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    interfaces = "".join(f" interface: {each.host}@{each.port}\n" for each in endpoints)
    records = "".join(
        f' local-data: "{name}. {"AAAA" if ":" in address else "A"} {address}"\n'
        for name, found in addresses.items()
        for address in found
    )
    config = folder / "unbound.conf"
    config.write_text(f"""\
server:
{interfaces} access-control: 0.0.0.0/0 allow
 access-control: ::/0 allow
 tls-service-pem: "{certificate.file}"
 tls-service-key: "{certificate.key}"
 tls-port: {tls_port}
 https-port: {https_port}
 num-threads: 1
 username: ""
 chroot: ""
 directory: "{folder}"
 pidfile: ""
 use-syslog: no
 module-config: "iterator"
 local-zone: "." static
 local-data: ". SOA ns.public.invalid. admin.public.invalid. 1 3600 600 86400 300"
{records}remote-control:
 control-enable: no
""")
    program = need("unbound")
    with running([program, "-d", "-p", "-c", config], endpoints[0], folder / "unbound.log"):
        yield endpoints[0]
