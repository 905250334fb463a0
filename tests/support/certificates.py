"""Certificates that a test makes and signs with their own keys, by the openssl command.

cert = make_certificate(tmp_path, "DNS:lists.example,IP:127.0.0.1")
server_context(cert)                      # for who serves
{"SSL_CERT_FILE": str(cert.file)}         # in the environment of who shall trust it
"""

import ssl
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

from tests.support.peers import need


class Certificate(NamedTuple):
    """A certificate and its key, as files."""

    file: Path
    key: Path


def make_certificate(
    folder: Path, names: str, ends: str = "20991231235959Z", begins: str = "20200101000000Z"
) -> Certificate:
    """Make one for *names* (`DNS:lists.example,IP:127.0.0.1`) in the new *folder*."""
    folder.mkdir(parents=True)
    (folder / "ca.cnf").write_text(_CONFIG.format(names=names))
    (folder / "index.txt").touch()
    _openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    # The only command of OpenSSL 3.0 that takes both dates, and so makes an expired one.
    arguments = ["-batch", "-config", "ca.cnf", "-selfsign", "-keyfile", "key.pem"]
    arguments += ["-in", "request.pem", "-out", "cert.pem", "-notext"]
    _openssl(folder, "ca", *arguments, "-startdate", begins, "-enddate", ends)
    return Certificate(folder / "cert.pem", folder / "key.pem")


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """Return what a server needs to show *certificate*."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    return context


def _openssl(folder: Path, command: str, *arguments: str) -> None:
    if command == "req":  # a subject of its own: certificates to trust are looked up by it
        arguments += ("-keyout", "key.pem", "-out", "request.pem", "-subj", f"/CN={folder.name}")
    subprocess.run(
        [need("openssl"), command, *arguments], cwd=folder, check=True, capture_output=True
    )


_CONFIG: Final = """\
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
subjectAltName = {names}
basicConstraints = critical, CA:true
"""
