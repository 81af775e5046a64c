"""What the lab's drivers of Cinder have in common: backends without anything to prepare, and without limits."""

from typing import Any

from cinder.volume import driver


class Backend(driver.VolumeDriver):
    """A backend whose volumes need nothing but their connections."""

    VERSION = '1.0'
    CI_WIKI_NAME = 'None'
    #: what Cinder calls its one pool
    POOL: str

    def ensure_export(self, context: Any, volume: Any) -> None:
        """Nothing to do: the backend keeps its exports."""

    def create_export(self, context: Any, volume: Any, connector: Any) -> None:
        """Nothing to do: a connection makes it."""

    def remove_export(self, context: Any, volume: Any) -> None:
        """Nothing to do: a connection's end removes it."""

    def _update_volume_stats(self) -> None:
        pool = {
            'pool_name': self.POOL,
            'multiattach': True,
            'total_capacity_gb': 'infinite',
            'free_capacity_gb': 'infinite',
            'reserved_percentage': 0,
            'QoS_support': False,
        }
        self._stats = {
            'volume_backend_name': self.configuration.volume_backend_name,
            'vendor_name': 'lab',
            'driver_version': self.VERSION,
            # Not FC: its list of spellings breaks the list of pools where no broker is between API and scheduler.
            'storage_protocol': 'local',
            'pools': [pool],
        }
