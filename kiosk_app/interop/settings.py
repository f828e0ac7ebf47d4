"""What a technician sets for integrators."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

ROOT = "/xfs4iot/v1.0/"
"""Where the services are; XFS4IoT names the path (CEN CWA 17852-1, service discovery)."""
PUBLISHER = "ServicePublisher"


class InteropSettings(BaseModel):
    """XFS4IoT for programs of this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = Field(
        default=False,
        title="XFS4IoT",
        description="Let programs of this machine that know the launch token use the devices.",
    )
    port: int = Field(
        default=5846,
        title="Port",
        description="On loopback; XFS4IoT clients look from 5846 on. 0 takes any free port.",
        ge=0,
        le=65535,
    )
    identities: bool = Field(
        default=False,
        title="Identities",
        description="Let those programs read whole cards and travel documents too, and speak to "
        "their chips, and write each read into the audit log.",
    )

    def turned(self, on: bool, port: int | None, identities: bool | None) -> InteropSettings:
        """On or off; the rest as before where it is not said."""
        said = {"enabled": on, "port": port, "identities": identities}
        return self.model_copy(
            update={name: each for name, each in said.items() if each is not None}
        )


def publisher_address(port: int) -> str:
    """Where a client asks first, which services there are."""
    return f"ws://127.0.0.1:{port}{ROOT}{PUBLISHER}"
