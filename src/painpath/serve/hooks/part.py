"""The routes of CDS Hooks, planned by the desk like everything else."""

from __future__ import annotations

from painpath.hooks.application import Application
from painpath.hooks.router import ROOT, create_router
from painpath.hooks.settings import HookSettings
from painpath.serve.hooks.keeping import StoredFeedback, StoredNonces
from painpath.serve.parts import Part
from painpath.serve.service import Service


def hooks(here: Service) -> Part:
    """The part, for the settings of a service; in a demonstration anybody may call."""
    settings = HookSettings(
        base_url=here.settings.address,
        clients=here.settings.hook_clients,
        open=here.settings.demo,
        closing=here.settings.workers > 1,
        origins=here.settings.hook_origins,
        launch_url=f"{here.settings.address}/launch" if here.settings.smart_servers else "",
    )
    application = Application(
        settings,
        here.desk,
        store=StoredFeedback(here.store),
        nonces=StoredNonces(here.store),
        today=here.today,
    )
    # The router says itself what is too large, in the words of the interface.
    return Part(router=create_router(application), larger={ROOT: settings.most_bytes})
