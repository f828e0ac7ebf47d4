"""What a technician sets for integrators."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


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
