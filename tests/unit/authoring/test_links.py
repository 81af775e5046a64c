"""Relations are told by relation and kind."""

from orphancleanup.authoring import links
from orphancleanup.model import Ref, Resource

SERVER, NETWORK = Ref('nova-server', '1'), Ref('neutron-network', '2')


def test_what_depends_on_its_own_owner_is_told_as_a_part_of_it() -> None:
    port = Resource(Ref('neutron-port', '3'), owners=(SERVER,), parents=(NETWORK, SERVER))
    assert [link.what for link in links.collected([port])] == [
        'is a part of nova-server',
        'depends on neutron-network',
    ]
