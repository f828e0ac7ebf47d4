"""A terminal as a technician may find it: one printer jammed, one roll low, one device new."""

from __future__ import annotations

from typing import Any

from kiosk_app.texts import Text, Texts
from tests.e2e.gallery_desk import TEXTS

NOW = "2026-11-24T09:43:12+08:00"


def text(zh: str, en: str) -> dict[str, str]:
    """Both languages as they go over the wire."""
    return {"zh": zh, "en": en}


def _device(
    role: str, word: Text, tone: str, known_by: Text, age_s: float | None = 2.0, **more: Any
) -> dict[str, Any]:
    titles = Texts.load(TEXTS / "technician")
    said: dict[str, Any] = {"device": "online", **more.pop("said", {"media": "notPresent"})}
    status = {
        name: {"value": value, "source": "sensor" if value else "assumed", "age_s": age_s}
        for name, value in said.items()
    }
    own = titles.get(f"not_recorded.{role}")
    return {
        "role": role,
        "title": dict(titles[f"role.{role}"]),
        "driver": "",
        "id": "",
        "model": "",
        "bound": True,
        "tone": tone,
        "word": dict(word),
        "known_by": dict(known_by),
        "age_s": age_s,
        "status": status,
        "tests": ["self-test"],
        "preview": False,
        "faults": [],
        "error": None,
        "restarts": 0,
        "not_recorded": dict(own) if own is not None else None,
        "recording": False,
        "changed": None,
        "used_by": _USED_BY.get(role, []),
        **more,
    }


_CERTIFICATE = text("无房证明", "No-housing certificate")
_USED_BY = {
    "id-card-reader": [{"title": _CERTIFICATE, "stops": False}],
    "document-printer": [{"title": _CERTIFICATE, "stops": True}],
}
_FINE = Text(zh="正常", en="Well")
_SELF = Text(zh="设备自己报告", en="Reported by the device")
_DRIVER = Text(zh="程序判断", en="Concluded by the driver")
_NOTHING = Text(zh="还没有消息", en="No news yet")


def _faults(*names: str) -> list[dict[str, Any]]:
    words = Texts.load(TEXTS / "rehearsal")
    return [
        {"name": name, "title": dict(words[f"fault.{name}"]), "on": index == 0, "once": index == 1}
        for index, name in enumerate(names)
    ]


def _devices() -> list[dict[str, Any]]:
    unbound: dict[str, Any] = {"bound": False, "status": {}, "tests": []}
    return [
        _device(
            "id-card-reader",
            _FINE,
            "good",
            _SELF,
            driver="sam-v-serial",
            model="CVR-100",
            id="/dev/serial/by-id/usb-CVR_100-if00",
            tests=["self-test", "read-card"],
            faults=_faults("reader-silent", "reader-garbage"),
            said={"media": "notPresent", "security": "ready"},
        ),
        _device(
            "document-printer",
            Text(zh="卡纸", en="Paper jam"),
            "stop",
            Text(zh="打印机报告 media-jam", en="Printer says media-jam"),
            1.0,
            driver="cups",
            model="HL-5590DN",
            id="ipp://printer-03.hall.example/ipp/print",
            tests=["test-page", "self-test"],
            faults=_faults("printer-paper-jam", "printer-paper-out", "printer-offline"),
            restarts=2,
            error="printer-paper-jam",
            changed={"version": 7, "at": "2026-11-23T16:02:00+08:00", "author": "chen"},
            said={
                "paper": "jammed",
                "media": "jammed",
                "toner": "low",
                "reasons": [
                    {"keyword": "media-jam", "severity": "error"},
                    {"keyword": "toner-low", "severity": "warning"},
                ],
                "page_count": 48_213,
                "queued_jobs": 0,
            },
        ),
        _device(
            "receipt-printer",
            Text(zh="纸快用完", en="Paper low"),
            "soon",
            Text(zh="近端传感器", en="Near-end sensor"),
            5.0,
            driver="receipt-printer",
            model="80 mm 热敏",
            id="usb:0416:5011",
        ),
        _device(
            "social-security-card-reader",
            _FINE,
            "good",
            _DRIVER,
            0.4,
            driver="social-security-card",
            model="ACS ACR39U",
            id="PC/SC ACS ACR39U ICC Reader 00 00",
            recording=True,
        ),
        _device(
            "camera",
            Text(zh="30 帧/秒", en="30 frames/s"),
            "good",
            _DRIVER,
            0.4,
            driver="camera",
            model="C930e",
            id="/dev/v4l/by-id/usb-046d_C930e-video-index0",
            preview=True,
            said={
                "cameras": "ok",
                "media": "notSupported",
                "picture": "ok",
                "frames_per_s": 29.97,
                "presence": "present",
                "faces": 1,
                "movement": 2.4,
            },
        ),
        _device(
            "document-camera",
            Text(zh="没有绑定", en="Not bound"),
            "plain",
            _NOTHING,
            None,
            **unbound,
        ),
        _device(
            "code-scanner", Text(zh="没有绑定", en="Not bound"), "plain", _NOTHING, None, **unbound
        ),
        _device(
            "ups",
            _FINE,
            "good",
            _SELF,
            900.0,
            driver="ups",
            model="SMT1000I",
            id="ups@127.0.0.1:3493",
            said={"power": "line", "battery": "operational", "runtime_s": 1380},
        ),
        _device(
            "lights",
            _FINE,
            "good",
            _SELF,
            3.0,
            driver="lights",
            model="8 路继电器",
            id="/dev/serial/by-id/usb-1a86_USB_Serial_Converter_000000000001-if00-port0",
            said={
                "lights": {"cardReader": "slow", "statusGood": "continuous", "scanner": "off"},
                "relays": {"cardReader": True, "statusGood": True, "scanner": False},
            },
        ),
        _device(
            "password-keypad",
            Text(zh="没有回答", en="No answer"),
            "stop",
            _DRIVER,
            4.0,
            driver="password-keypad",
            model="KP-16",
            id="/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
            said={"encryption_state": "notReady", "entry": "idle", "tampered": False},
        ),
    ]


def _step(zh: str, en: str, zh_detail: str, en_detail: str, **more: Any) -> dict[str, Any]:
    return {
        "title": text(zh, en),
        "detail": text(zh_detail, en_detail),
        "picture": None,
        "button": None,
        **more,
    }


def _repairs() -> list[dict[str, Any]]:
    return [
        {
            "id": "document-printer:paper-jam",
            "role": "document-printer",
            "title": text("卡纸", "Paper jam"),
            "tone": "stop",
            "since": "2026-11-24T09:42:00+08:00",
            "action": "clear",
            "steps": [
                _step(
                    "打开后盖，按图取出纸张",
                    "Open the rear cover and take the paper out",
                    "绿色拨片向上，纸向外平拉。",
                    "Green lever up, then pull the paper straight out.",
                    picture="paper-jam",
                ),
                _step(
                    "关好后盖",
                    "Close the rear cover",
                    "打印机会自己报告“就绪”，这里会自动变绿。",
                    "The printer reports that it is ready; this turns green by itself.",
                    button={"act": "filled", "label": text("纸加好了", "Paper is in")},
                ),
                _step(
                    "打一张测试页",
                    "Print a test page",
                    "平整地出来，就清干净了。打印机就绪以后，终端自己恢复服务。",
                    "If it comes out flat, nothing is left inside.",
                    button={"act": "test", "label": text("打印测试页", "Print a test page")},
                ),
            ],
        },
        {
            "id": "receipt-printer:paper-low",
            "role": "receipt-printer",
            "title": text("纸快用完了", "Paper is running low"),
            "tone": "soon",
            "since": "2026-11-23T16:02:00+08:00",
            "action": "maintenance",
            "steps": [
                _step(
                    "下一趟带一卷纸",
                    "Bring a roll next time",
                    "现在还能用，用完以前换上就行。",
                    "It still works; change it before it is used up.",
                    picture="paper-out",
                )
            ],
        },
    ]


def _copies() -> list[dict[str, Any]]:
    words = Texts.load(TEXTS / "technician")
    swallowed = words["copies_why.swallowed"]
    return [
        {
            "serial": "PN-WF-20261124-0000317",
            "copy": 1,
            "service": text("无房证明", "No-housing certificate"),
            "state": "print-unknown",
            "day": "2026-11-24",
            "evidence": dict(words["copies_why.counted"].fill(why=swallowed, sheets=0)),
            "advice": dict(words["copies_advice.void"]),
            "decisions": ["void", "taken"],
        },
        {
            "serial": "PN-WF-20261124-0000309",
            "copy": 2,
            "service": text("无房证明", "No-housing certificate"),
            "state": "needs-staff",
            "day": "2026-11-24",
            "evidence": dict(words["copies_why.too-many-sheets"]),
            "advice": dict(words["copies_advice.destroy"]),
            "decisions": ["void"],
        },
    ]


def whole_state() -> dict[str, Any]:
    """The answer of ``GET state``."""
    return {
        "now": NOW,
        "version": 7,
        "changed_at": "2026-11-23T16:02:00+08:00",
        "changed_by": "chen",
        "maintenance": "inactive",
        "pending": None,
        "taken_back": None,
        "devices": _devices(),
        "interop": {
            "on": False,
            "open": False,
            "identities": False,
            "port": 5846,
            "address": "ws://127.0.0.1:5846/xfs4iot/v1.0/ServicePublisher",
            "error": None,
        },
        "services": [
            {
                "id": "no-housing-certificate",
                "title": text("无房证明", "No-housing certificate"),
                "offered": False,
                "reason": text("文档打印机卡纸", "The document printer is jammed"),
            },
            {
                "id": "queue-ticket",
                "title": text("取号排队", "Queue ticket"),
                "offered": True,
                "reason": None,
            },
        ],
        "consumables": [
            {
                "role": "document-printer",
                "supply": "paper",
                "filled": text("纸加好了", "Paper is in"),
                "what": text("A4 纸", "A4 paper"),
                "level": 0.64,
                "left": 320,
                "says": text("约还有 320 张", "About 320 sheets left"),
                "tone": "good",
            },
            {
                "role": "receipt-printer",
                "supply": "roll",
                "filled": text("纸卷换好了", "Roll is in"),
                "what": text("凭条纸", "Receipt roll"),
                "level": 0.08,
                "left": 40,
                "says": text("约明天 10:20 用完", "out tomorrow about 10:20"),
                "tone": "soon",
            },
        ],
        "repairs": _repairs(),
        "copies": _copies(),
    }


FINDINGS: list[dict[str, Any]] = [
    {
        "name": "/dev/serial/by-id/usb-NLS_FM430-if00",
        "state": "new",
        "says": "code scanner NLS FM430",
        "action": "bind it as code-scanner",
        "device_class": "code-scanner",
        "driver": "code-scanner-serial",
        "settings": {"port": "/dev/serial/by-id/usb-NLS_FM430-if00"},
        "roles": ["code-scanner"],
    },
    {
        "name": "/dev/serial/by-id/usb-CVR_100-if00",
        "state": "known",
        "says": "bound as id-card-reader",
        "action": "",
        "device_class": "id-card-reader",
        "driver": "sam-v-serial",
        "settings": {"port": "/dev/serial/by-id/usb-CVR_100-if00"},
        "roles": ["id-card-reader"],
    },
    {
        "name": "usb:1a86:7523",
        "state": "unsupported",
        "says": "smart-card reader 1a86:7523",
        "action": "start pcscd, and bind its reader",
        "device_class": "",
        "driver": None,
        "settings": None,
        "roles": [],
    },
    {
        "name": "search sane",
        "state": "unfinished",
        "says": "the search did not end within 20 s",
        "action": "look again, or bind it by hand",
        "device_class": "",
        "driver": None,
        "settings": None,
        "roles": [],
    },
    {
        "name": "/dev/v4l/by-id/usb-Eloam-video-index0",
        "state": "missing",
        "says": "bound as document-camera, and not there",
        "action": "check its cable and power, or bind another in its place",
        "device_class": "document-camera",
        "driver": "document-camera",
        "settings": None,
        "roles": ["document-camera"],
    },
]


def _version(
    number: int, at: str, author: str, summary: dict[str, str], state: str
) -> dict[str, Any]:
    changes = [
        {"place": "document-printer.settings.queue", "before": None, "after": "hall-a4-03"},
        {"place": "document-printer.settings.answer_timeout_s", "before": "30", "after": "45"},
    ]
    return {
        "version": number,
        "at": at,
        "author": author,
        "summary": summary,
        "state": state,
        "allowed": True,
        "same_as_now": state == "active",
        "changes": changes if number > 1 else [],
        "back": [] if state == "active" else changes,
    }


HISTORY = [
    _version(1, "2026-11-20T08:00:00+08:00", "console", text("第一次开机", "First start"), "past"),
    _version(5, "2026-11-22T10:15:00+08:00", "lin", text("换串口", "Another port"), "rolled-back"),
    _version(
        6, "2026-11-22T10:20:00+08:00", "lin", text("绑定人像摄像头", "Bind the camera"), "past"
    ),
    _version(
        7,
        "2026-11-23T16:02:00+08:00",
        "chen",
        text("文档打印机：队列、出纸等待", "Document printer: queue, answer time"),
        "active",
    ),
]

RECORDINGS = [
    {
        "id": "r1",
        "role": "id-card-reader",
        "at": "2026-11-24T09:20:00+08:00",
        "seconds": 12.4,
        "bytes": 18321,
    }
]


def _card(name: str, residents: list[int], documents: list[str], *faults: str) -> dict[str, Any]:
    words, titles = Texts.load(TEXTS / "technician"), Texts.load(TEXTS / "rehearsal")
    return {
        "id": name,
        "title": dict(words[f"card.{name}"]),
        "residents": residents,
        "documents": [{"id": each, "title": dict(words[f"document.{each}"])} for each in documents],
        "faults": [{"name": each, "title": dict(titles[f"fault.{each}"])} for each in faults],
    }


REHEARSALS = {
    "services": [
        {"id": "no-housing-certificate", "title": text("无房证明", "No-housing certificate")}
    ],
    "cards": [
        _card("id-card", [1, 2], [], "reader-silent", "printer-paper-jam"),
        _card("social-card", [1], [], "ssc-silent", "printer-paper-jam"),
        _card(
            "travel-document",
            [],
            ["home-return", "passport"],
            "travel-document-silent",
            "printer-paper-jam",
        ),
    ],
    "residents": [
        {"number": 1, "slug": "no-house", "note": text("名下没有房", "No home on record")},
        {"number": 2, "slug": "one-house", "note": text("名下有一套房", "One home on record")},
    ],
    "running": False,
}


def line(seconds: int, level: str, event: str, **fields: Any) -> dict[str, Any]:
    """One line of the log."""
    return {
        "at": f"2026-11-24T09:42:{seconds:02d}.120+08:00",
        "level": level,
        "event": event,
        "fields": fields,
    }


LOG = [
    line(1, "info", "journey over", service="no-housing-certificate", outcome="printed"),
    line(3, "warning", "repair opened", repair="document-printer:paper-jam", action="clear"),
    line(9, "warning", "fault shown", code="paper-jammed", reference="DP-JAM"),
    line(9, "error", "interop cannot open", port=5846),
]
