"""Rules about options that a client needs to reach anything: mask, routes, DNS, boot server.

Each checks what is in effect for the clients of a subnet and its pools, wherever it is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Scope, Subnet, maps
from keaprov.lint.forms import dotted_quad
from keaprov.lint.inherited import (
    BROADCAST,
    DNS_SERVERS,
    ROUTERS,
    ROUTES,
    SUBNET_MASK,
    V4_DNR,
    Chain,
    Option,
    anywhere,
    chain,
    client_chains,
    codes_in_scopes,
    in_effect,
    options_of,
    options_of_reservations,
    pool_chains,
)
from keaprov.lint.options import refused
from keaprov.lint.rule import Finding, error, warning
from keaprov.words import and_more, meant

_ALL_ONES = 0xFFFFFFFF
_ADDING = ("libdhcp_flex_option.so", "libdhcp_radius.so", "libdhcp_user_chk.so")
"""Hook libraries of ISC's that add options to an answer."""


def _chains(config: Config) -> Iterator[tuple[Subnet, Chain]]:
    for subnet in config.subnets:
        for scopes in client_chains(config, subnet):
            yield subnet, scopes


@error("KP520", stricter=True)
def contradicting_mask(config: Config) -> Iterator[Finding]:
    """The options subnet-mask and broadcast-address say the same as the subnet's prefix.

    A client with another mask asks the router for neighbours, or looks for others on its own link.
    Without the options Kea sends the right mask, and clients derive the broadcast address (RFC
    2132, 3.3 and 5.3). The mask 255.255.255.255 is accepted: it keeps clients from each other. So
    is the broadcast address 255.255.255.255. An option of a class, or of a global reservation, has
    to fit some subnet.
    """
    reported: set[KeyPath] = set()
    masks = list(_masks(config))
    of_no_subnet = {option.code for subnet, option in masks if subnet is None}
    everywhere = {code: _right(code, config.subnets) for code in of_no_subnet}
    for subnet, option in masks:
        good = _right(option.code, [subnet]) if subnet else everywhere[option.code]
        wrong = [number for number in option.addresses if number not in good]
        if good and wrong and option.path not in reported:
            reported.add(option.path)
            what = _MASKS[option.code]
            whose = (
                f"is not the {what} of {subnet.name}" if subnet else f"is the {what} of no subnet"
            )
            fits = "subnet4" in option.path or good == _right(option.code, config.subnets)
            other = f", or write {dotted_quad(min(good))}" if subnet and fits else ""
            where = (*option.path, "data")
            yield Finding(
                f"{dotted_quad(wrong[0])} {whose}", where, f"Leave the option out{other}."
            )


_MASKS = {SUBNET_MASK: "mask", BROADCAST: "broadcast address"}


def _right(code: int, subnets: Sequence[Subnet]) -> set[int]:
    """Return the masks or broadcast addresses of subnets; none if a subnet's are not known."""
    networks = [subnet.network for subnet in subnets]
    right = {_ALL_ONES} if networks and None not in networks else set()
    for network in networks if right else ():
        if network is not None:
            last = network.netmask if code == SUBNET_MASK else network.broadcast_address
            right.add(int(last))
    return right


def _masks(config: Config) -> Iterator[tuple[Subnet | None, Option]]:
    """Yield the masks and broadcast addresses that are sent, each with the subnet of its clients.

    The options of a class and of a global reservation have no subnet of their own.
    """
    codes = codes_in_scopes(config) & _MASKS.keys()
    given: list[tuple[Subnet | None, Option]] = [
        (subnet, option)
        for subnet, scopes in (_chains(config) if codes else ())
        for code in _MASKS
        for option in in_effect(config, scopes, code)
    ]
    special: list[tuple[Subnet | None, Mapping[int, list[Option]]]] = [
        (subnet, options) for subnet, _, _, options in options_of_reservations(config)
    ]
    if "config-control" not in config.dhcp4:
        classes = (Scope(path, raw, "class") for path, raw in config.classes)
        special += [(None, options_of(config, scope)) for scope in classes]
    given += [
        (subnet, option)
        for subnet, options in special
        for code in _MASKS
        for option in options.get(code, ())
    ]
    return ((subnet, option) for subnet, option in given if option.sent and not option.guarded)


@warning("KP521")
def no_default_route(config: Config) -> Iterator[Finding]:
    """Classless static routes (option 121) hold the default route too.

    A client that gets option 121 ignores option 3, ``routers`` (RFC 3442): without a route to
    0.0.0.0/0 it reaches the listed networks only. A value that Kea refuses (KP502) has no routes.
    """
    reported = refused(config)
    for routes, routers in _routes(config):
        sent = routes.sent and (routes.data or routes.octets)
        if sent and routers and not routes.has_default_route and routes.path not in reported:
            reported.add(routes.path)
            message = "no default route: clients ignore routers if they get these routes"
            yield Finding(
                message, (*routes.path, "data"), _default_route(config, routes, routers[0])
            )


def _default_route(config: Config, routes: Option, router: int) -> str:
    """Return how a route is added, in the form of the option."""
    text = f"0.0.0.0/0 - {dotted_quad(router)}"
    if routes.octets is not None:
        text = f"00{router:08X} ({text})"
    own = "subnet4" in routes.path or len(config.subnets) == 1
    return f"Add {text}." if own else f"Add {text}, or write the routes in each subnet."


def _routes(config: Config) -> Iterator[tuple[Option, list[int]]]:
    """Yield options 121 with the routers that the same clients get."""
    if ROUTES not in codes_in_scopes(config) and not anywhere(config, ROUTES):
        return
    everywhere: list[int] = []
    for _, scopes in _chains(config):
        routers = _addresses(in_effect(config, scopes, ROUTERS))
        everywhere += routers[:1]
        for routes in in_effect(config, scopes, ROUTES):
            yield routes, routers
    for path, raw in config.classes:
        options = options_of(config, Scope(path, raw, "class"))
        for routes in options.get(ROUTES, ()):
            yield routes, _addresses(options.get(ROUTERS, [])) or everywhere
    for subnet, _, _, given in options_of_reservations(config):
        for routes in given.get(ROUTES, ()):
            routers = _addresses(given.get(ROUTERS, []))
            if subnet is not None and not routers:
                routers = _addresses(in_effect(config, chain(config, subnet), ROUTERS))
            yield routes, routers or ([] if subnet else everywhere)


def _addresses(options: list[Option]) -> list[int]:
    return [number for option in options if option.sent for number in option.addresses]


@warning("KP522")
def nothing_to_reach(config: Config) -> Iterator[Finding]:
    """The clients of a pool get a router (or routes) and a DNS server.

    The option may be in the pool, its subnet, its shared network or the global scope. If a class, a
    reservation, a hook library or a configuration database gives it to some clients, the rule is
    silent. So is it if the option is there with ``never-send``. One message for all subnets that
    lack the same.
    """
    if _may_be_added(config):
        return
    needed = [
        (name, codes)
        for name, codes in _NEEDED
        if not any(anywhere(config, code) for code in codes)
    ]
    lacking: defaultdict[tuple[str, ...], list[Subnet]] = defaultdict(list)
    for subnet in config.subnets:
        missing = _missing(config, subnet, needed)
        if missing:
            lacking[missing].append(subnet)
    for names, subnets in lacking.items():
        prefixes = ", ".join(subnet.name for subnet in subnets[:3])
        message = (
            f"clients of {prefixes}{and_more(len(subnets) - 3)} get no {' and no '.join(names)}"
        )
        options = " and ".join(_OPTIONS[name] for name in names)
        hint = f"Set {options}. If none is meant, write the option with never-send: true."
        yield Finding(message, subnets[0].path, hint)


def _missing(
    config: Config, subnet: Subnet, needed: Sequence[tuple[str, tuple[int, ...]]]
) -> tuple[str, ...]:
    """Return what the clients of some pool of a subnet do not get."""
    names = {name for name, _ in needed}
    missing: set[str] = set()
    for scopes in pool_chains(config, subnet):
        missing |= names.difference(*(_given(config, scope) for scope in scopes))
    return tuple(name for name, _ in needed if name in missing)


def _given(config: Config, scope: Scope) -> set[str]:
    """Return what clients get from a scope: everything, perhaps, if it misspells option-data."""
    known: dict[KeyPath, set[str]] = config.extra.setdefault("given", {})
    given = known.get(scope.path)
    if given is None:
        options, words = options_of(config, scope), _other_words(scope)
        given = known[scope.path] = {
            name
            for name, codes in _NEEDED
            if _OPTIONS[name] in words or not options.keys().isdisjoint(codes) or _misspelt(scope)
        }
    return given


_NEEDED = (("router", (ROUTERS, ROUTES)), ("DNS server", (DNS_SERVERS, V4_DNR)))
_OPTIONS = {"router": "routers", "DNS server": "domain-name-servers"}


def _misspelt(scope: Scope) -> bool:
    """Whether a scope has another spelling of ``option-data``: the schema names it."""
    if not isinstance(scope.raw.get("option-data", ()), (list, tuple)):
        return True
    return any(key not in _OPTION_KEYS for key in scope.raw if key.startswith("option"))


def _other_words(scope: Scope) -> set[str]:
    """Return the options that a scope has by another tool's word, or beside ``option-data``.

    Both have a message of their own (KP201, KP501).
    """
    entries = [entry for _, entry in maps(scope.raw.get("option-data"))]
    names = [str(entry.get("name")) for entry in entries]
    beside = [key for part in (scope.raw, *entries) for key in part if key not in _OPTION_KEYS]
    return {*beside, *map(meant, (*names, *beside))}


_OPTION_KEYS = ("option-data", "option-def")


def _may_be_added(config: Config) -> bool:
    foreign = any(
        not library.startswith("libdhcp_") or library in _ADDING for _, _, library in config.hooks
    )
    return foreign or "config-control" in config.dhcp4


RULES = (contradicting_mask, no_default_route, nothing_to_reach)
