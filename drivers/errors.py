"""The errors of devices, in XFS4IoT terms.

    DeviceError
     +- DeviceNotReady      the device is absent, off or still starting
     |   +- DeviceBusy      it is there, and another program has it
     +- DeviceTimeout       no answer before the deadline
     +- DeviceCancelled     the caller withdrew the command
     +- HardwareFault       the device says it is broken
     +- ProtocolError       bytes that do not follow the wire format
     +- UserFault           the person at the machine must do something (card, cover, paper path)
     +- CommandRejected     the request cannot be carried out as asked
     +- DriverCrashed       the driver's process ended or hung and was ended

Every error carries the completion code and, where there is one, the command's error code
(CEN CWA 17852, XFS4IoT), the operator's action, and a short code that is stable for texts,
logs and tests. No message may hold personal data.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class CompletionCode(StrEnum):
    """How a command ended (XFS4IoT message header, ``completionCode``)."""

    SUCCESS = "success"
    COMMAND_ERROR_CODE = "commandErrorCode"
    CANCELED = "canceled"
    DEVICE_NOT_READY = "deviceNotReady"
    HARDWARE_ERROR = "hardwareError"
    INTERNAL_ERROR = "internalError"
    INVALID_COMMAND = "invalidCommand"
    TIME_OUT = "timeOut"
    UNSUPPORTED_COMMAND = "unsupportedCommand"
    INVALID_DATA = "invalidData"
    USER_ERROR = "userError"
    UNSUPPORTED_DATA = "unsupportedData"
    FRAUD_ATTEMPT = "fraudAttempt"
    SEQUENCE_ERROR = "sequenceError"


class OperatorAction(StrEnum):
    """What an operator must do about a fault (XFS4IoT ErrorEvent, ``action``)."""

    NONE = "none"
    RESET = "reset"
    CONFIGURATION = "configuration"
    CLEAR = "clear"
    MAINTENANCE = "maintenance"
    SUSPEND = "suspend"


class DeviceError(Exception):
    """A device or its driver could not do what was asked.

    ``code`` is a stable kebab-case name (``card-pulled``, ``paper-jammed``); ``error_code`` is the
    XFS4IoT command error code where the standard has one (``cardCollision``, ``paperOut``).
    """

    completion: ClassVar[CompletionCode] = CompletionCode.INTERNAL_ERROR
    default_action: ClassVar[OperatorAction] = OperatorAction.MAINTENANCE

    def __init__(
        self,
        code: str,
        message: str,
        *,
        error_code: str | None = None,
        action: OperatorAction | None = None,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.error_code = error_code
        self.action = action or self.default_action

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the way from a driver's process to its caller."""
        return rebuild, (type(self), self.code, self.message, self.error_code, self.action)


def rebuild(
    kind: type[DeviceError],
    code: str,
    message: str,
    error_code: str | None,
    action: OperatorAction,
) -> DeviceError:
    """Make an error again from its parts, in the process of its caller."""
    return kind(code, message, error_code=error_code, action=action)


class DeviceNotReady(DeviceError):
    """The device is absent, switched off or still starting."""

    completion = CompletionCode.DEVICE_NOT_READY


class DeviceBusy(DeviceNotReady):
    """The device is there, and another program has it: it need not be opened anew."""

    default_action = OperatorAction.NONE


class DeviceTimeout(DeviceError):
    """No answer came before the deadline."""

    completion = CompletionCode.TIME_OUT
    default_action = OperatorAction.RESET


class DeviceCancelled(DeviceError):
    """The caller withdrew the command."""

    completion = CompletionCode.CANCELED
    default_action = OperatorAction.NONE


class HardwareFault(DeviceError):
    """The device reports that it is broken or blocked."""

    completion = CompletionCode.HARDWARE_ERROR


class ProtocolError(DeviceError):
    """Bytes on the wire do not follow the format."""

    completion = CompletionCode.HARDWARE_ERROR
    default_action = OperatorAction.RESET


class UserFault(DeviceError):
    """The person at the machine must do something before the command can work."""

    completion = CompletionCode.USER_ERROR
    default_action = OperatorAction.NONE


class CommandRejected(DeviceError):
    """The request cannot be carried out as asked (unknown job, unsupported format)."""

    completion = CompletionCode.INVALID_DATA
    default_action = OperatorAction.CONFIGURATION


class DriverCrashed(DeviceError):
    """The driver's process ended or hung; it has been ended and will be started again."""

    completion = CompletionCode.INTERNAL_ERROR
    default_action = OperatorAction.RESET
