"""The hall's clock: whatever is shown or printed with a time has this zone's."""

from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
