"""Ways to servers that are not the filter: plain, over TLS, over QUIC, over HTTPS.

All that is asked of them is one name that holds nothing (`MARK`), so no one learns anything.
"""

from filterdns.doctor import ways
from filterdns.doctor.asking import any_certificate, over_stream, over_udp
from filterdns.doctor.finding import Finding, Seen, State
from filterdns.doctor.over_https import USUAL_PATH, over_https
from filterdns.doctor.quic import offered_versions
from filterdns.doctor.reply import MARK
from filterdns.doctor.targets import Server
from filterdns.doctor.tries import Scene, try_all, try_other
from filterdns.errors import NoAnswer


async def try_udp(scene: Scene) -> Finding:
    """Ask other resolvers by datagram."""
    return await try_all(
        ways.UDP,
        (
            try_other(_told(each), over_udp(each.endpoint, MARK, scene.patience_seconds))
            for each in scene.targets.servers["resolver"]
        ),
    )


async def try_tcp(scene: Scene) -> Finding:
    """Ask other resolvers over TCP."""
    return await try_all(
        ways.TCP,
        (
            try_other(_told(each), over_stream(each.endpoint, MARK, scene.patience_seconds))
            for each in scene.targets.servers["resolver"]
        ),
    )


async def try_tls(scene: Scene) -> Finding:
    """Ask others over TLS (RFC 7858)."""
    tls = any_certificate()
    return await try_all(
        ways.DOT,
        (
            try_other(
                _told(each),
                over_stream(each.endpoint, MARK, scene.patience_seconds, tls, each.name),
            )
            for each in scene.targets.servers["tls"]
        ),
    )


async def try_quic(scene: Scene) -> Finding:
    """Look whether others speak QUIC where DNS over QUIC is spoken (RFC 9250)."""
    targets = scene.targets.servers["quic"]
    return await try_all(ways.DOQ, (_try_quic(each, scene) for each in targets))


async def try_https(scene: Scene) -> Finding:
    """Ask others over HTTPS (RFC 8484), at addresses that are known beforehand."""
    return await try_all(
        ways.DOH,
        (
            try_other(
                _told(each),
                over_https(
                    each.endpoint, each.name, each.path or USUAL_PATH, MARK, scene.patience_seconds
                ),
            )
            for each in scene.targets.servers["https"]
        ),
    )


async def try_http3(scene: Scene) -> Finding:
    """Look whether they speak HTTP/3 there, which is HTTPS over QUIC."""
    targets = scene.targets.servers["https"]
    return await try_all(ways.DOH3, (_try_quic(each, scene) for each in targets))


async def _try_quic(server: Server, scene: Scene) -> Seen:
    try:
        versions = await offered_versions(server.endpoint, scene.patience_seconds)
    except NoAnswer as error:
        return Seen(_told(server), State.CLOSED, str(error))
    return Seen(_told(server), State.OPEN, "speaks QUIC" if versions else "something answered")


def _told(server: Server) -> str:
    usual = (53, 853, 443)
    return server.endpoint.host if server.endpoint.port in usual else str(server.endpoint)
