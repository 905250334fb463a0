"""What the config tells the guards."""

from filterdns.blocklists.guards.settings import NO_SETTINGS, GuardSettings


def test_without_a_config_there_is_nothing_to_go_by() -> None:
    assert GuardSettings() == NO_SETTINGS
