"""What is no way round, but good to know: safe search, and keys for Encrypted Client Hello."""

from filterdns.dns import codes
from filterdns.dns.names import from_text
from filterdns.doctor import ways
from filterdns.doctor.finding import Finding, Seen, State
from filterdns.doctor.targets import SafeSearch
from filterdns.doctor.tries import Scene, ask_filter, try_all
from filterdns.errors import NoAnswer


async def tell_safe_search(scene: Scene) -> Finding:
    """Tell which search engines lead to their safe twins."""
    searches = scene.targets.safe_searches
    return await try_all(ways.SAFE_SEARCH, (_tell_search(each, scene) for each in searches))


async def tell_ech(scene: Scene) -> Finding:
    """Tell whether browsers get keys that hide names from filters which look at TLS."""
    names = scene.targets.names["ech"]
    return await try_all(ways.ECH, (_tell_keys(each, scene) for each in names))


async def _tell_search(search: SafeSearch, scene: Scene) -> Seen:
    try:
        asked = await ask_filter(scene, search.name, codes.A)
        safe = await ask_filter(scene, search.safe, codes.A)
    except NoAnswer as error:
        return Seen(search.name, State.UNCLEAR, str(error))
    is_alias = from_text(search.safe) in asked.targets
    is_same = bool(asked.addresses) and set(asked.addresses) <= set(safe.addresses)
    what = "leads to its safe twin" if is_alias or is_same else "is not led to its safe twin"
    return Seen(search.name, State.TOLD, what)


async def _tell_keys(name: str, scene: Scene) -> Seen:
    try:
        reply = await ask_filter(scene, name, codes.HTTPS)
    except NoAnswer as error:
        return Seen(name, State.UNCLEAR, str(error))
    has_keys = any(service.has_ech for service in reply.services)
    what = "keys are handed out; filters that look at TLS do not see the name"
    return Seen(name, State.TOLD, what if has_keys else "no keys are handed out")
